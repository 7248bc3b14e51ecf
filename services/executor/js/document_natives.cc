#include "services/executor/js/document_natives.h"

#include <v8-container.h>
#include <v8-exception.h>
#include <v8-function-callback.h>
#include <v8-typed-array.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "services/executor/js/document_isolate.h"
#include "services/executor/js/natives.h"
#include "services/executor/js/strings.h"

namespace overlock::executor::js {
namespace {

using Info = v8::FunctionCallbackInfo<v8::Value>;

DocumentStore& StoreOf(const Info& info) { return DocumentIsolate::Of(info.GetIsolate()).store(); }

int64_t IntegerAt(const Info& info, int index) {
  return info[index]->IsNumber() ? static_cast<int64_t>(info[index].As<v8::Number>()->Value()) : 0;
}

std::string TextAt(const Info& info, int index) {
  return info[index]->IsString() ? FromV8(info.GetIsolate(), info[index].As<v8::String>()) : std::string();
}

std::string_view BytesAt(const Info& info, int index) {
  return info[index]->IsArrayBufferView() ? BytesOf(info[index].As<v8::ArrayBufferView>()) : std::string_view();
}

std::vector<std::string> TextsAt(const Info& info, int index) {
  std::vector<std::string> texts;
  if (!info[index]->IsArray()) return texts;
  v8::Isolate* isolate = info.GetIsolate();
  v8::Local<v8::Array> array = info[index].As<v8::Array>();
  for (uint32_t i = 0; i < array->Length(); ++i) {
    v8::Local<v8::Value> item;
    if (!array->Get(isolate->GetCurrentContext(), i).ToLocal(&item) || !item->IsString()) break;
    texts.push_back(FromV8(isolate, item.As<v8::String>()));
  }
  return texts;
}

// False if it is an error. The store remembers it; JavaScript must not go on, not even to catch it.
bool Check(const Info& info, const absl::Status& status) {
  if (status.ok()) return true;
  info.GetIsolate()->TerminateExecution();
  return false;
}

void Return(const Info& info, const absl::StatusOr<int64_t>& number) {
  if (Check(info, number.status())) info.GetReturnValue().Set(static_cast<double>(*number));
}

void ReturnTexts(const Info& info, const absl::StatusOr<std::vector<std::string>>& texts) {
  if (!Check(info, texts.status())) return;
  std::vector<v8::Local<v8::Value>> values;
  for (const std::string& text : *texts) values.push_back(ToV8(info.GetIsolate(), text));
  info.GetReturnValue().Set(v8::Array::New(info.GetIsolate(), values.data(), values.size()));
}

void Fail(const Info& info) {
  DocumentIsolate::Of(info.GetIsolate())
      .set_failure({static_cast<int32_t>(IntegerAt(info, 0)), TextAt(info, 1), TextAt(info, 2)});
}

void BeginWrite(const Info& info) { Check(info, StoreOf(info).BeginWrite()); }
void Databases(const Info& info) { ReturnTexts(info, StoreOf(info).Databases()); }
void Collections(const Info& info) { ReturnTexts(info, StoreOf(info).Collections(TextAt(info, 0))); }
void FindCollection(const Info& info) { Return(info, StoreOf(info).FindCollection(TextAt(info, 0), TextAt(info, 1))); }
void CreateCollection(const Info& info) {
  Return(info, StoreOf(info).CreateCollection(TextAt(info, 0), TextAt(info, 1)));
}
void DropCollection(const Info& info) { Check(info, StoreOf(info).DropCollection(IntegerAt(info, 0))); }
void CollectionBytes(const Info& info) { Return(info, StoreOf(info).CollectionBytes(IntegerAt(info, 0))); }
void CountDocuments(const Info& info) { Return(info, StoreOf(info).CountDocuments(IntegerAt(info, 0))); }

void Get(const Info& info) {
  absl::StatusOr<std::string> record = StoreOf(info).Get(IntegerAt(info, 0), TextAt(info, 1));
  if (!Check(info, record.status()) || record->empty()) return;
  info.GetReturnValue().Set(ToUint8Array(info.GetIsolate(), *record));
}

void Scan(const Info& info) {
  absl::StatusOr<std::string> records = StoreOf(info).Scan(IntegerAt(info, 0), IntegerAt(info, 1), IntegerAt(info, 2));
  if (Check(info, records.status())) info.GetReturnValue().Set(ToUint8Array(info.GetIsolate(), *records));
}

void Insert(const Info& info) {
  std::vector<std::string> unique_keys = TextsAt(info, 3);
  Return(info, StoreOf(info).Insert(IntegerAt(info, 0), TextAt(info, 1), BytesAt(info, 2), unique_keys));
}

void Replace(const Info& info) {
  std::vector<std::string> unique_keys = TextsAt(info, 3);
  Return(info, StoreOf(info).Replace(IntegerAt(info, 0), IntegerAt(info, 1), BytesAt(info, 2), unique_keys));
}

void Remove(const Info& info) { Check(info, StoreOf(info).Remove(IntegerAt(info, 0), IntegerAt(info, 1))); }

void AddUniqueKeys(const Info& info) {
  std::vector<std::string> unique_keys = TextsAt(info, 2);
  Return(info, StoreOf(info).AddUniqueKeys(IntegerAt(info, 0), IntegerAt(info, 1), unique_keys));
}

void RemoveUniqueKeys(const Info& info) {
  Check(info, StoreOf(info).RemoveUniqueKeys(IntegerAt(info, 0), TextAt(info, 1)));
}

void Indexes(const Info& info) {
  absl::StatusOr<std::vector<std::string>> indexes = StoreOf(info).Indexes(IntegerAt(info, 0));
  if (!Check(info, indexes.status())) return;
  std::vector<v8::Local<v8::Value>> values;
  for (const std::string& index : *indexes) values.push_back(ToUint8Array(info.GetIsolate(), index));
  info.GetReturnValue().Set(v8::Array::New(info.GetIsolate(), values.data(), values.size()));
}

void PutIndex(const Info& info) {
  Check(info, StoreOf(info).PutIndex(IntegerAt(info, 0), TextAt(info, 1), BytesAt(info, 2)));
}

void DropIndex(const Info& info) { Check(info, StoreOf(info).DropIndex(IntegerAt(info, 0), TextAt(info, 1))); }

constexpr NativeFunction kNatives[] = {
    {"addUniqueKeys", AddUniqueKeys},
    {"beginWrite", BeginWrite},
    {"collectionBytes", CollectionBytes},
    {"collections", Collections},
    {"countDocuments", CountDocuments},
    {"createCollection", CreateCollection},
    {"databases", Databases},
    {"dropCollection", DropCollection},
    {"dropIndex", DropIndex},
    {"fail", Fail},
    {"findCollection", FindCollection},
    {"get", Get},
    {"indexes", Indexes},
    {"insert", Insert},
    {"putIndex", PutIndex},
    {"remove", Remove},
    {"removeUniqueKeys", RemoveUniqueKeys},
    {"replace", Replace},
    {"scan", Scan},
};

// Those of the worker's that need nothing but their arguments.
bool IsWanted(std::string_view byte_native) {
  return byte_native == "encode" || byte_native == "decode" || byte_native == "random";
}

}  // namespace

v8::Local<v8::ObjectTemplate> MakeDocumentNatives(v8::Isolate* isolate) {
  v8::EscapableHandleScope handles(isolate);
  v8::Local<v8::ObjectTemplate> object = v8::ObjectTemplate::New(isolate);
  auto add = [&](const NativeFunction& native) {
    object->Set(isolate, native.name,
                v8::FunctionTemplate::New(isolate, native.callback, {}, {}, 0, v8::ConstructorBehavior::kThrow));
  };
  for (const NativeFunction& native : kNatives) add(native);
  for (const NativeFunction& native : ByteNatives()) {
    if (IsWanted(native.name)) add(native);
  }
  return handles.Escape(object);
}

}  // namespace overlock::executor::js
