exports = function () {
  return {
    int: 900,
    fraction: 0.5,
    when: new Date(1641954803067),
    id: BSON.ObjectId("5d505646cf6d4fe581014ab2"),
    price: BSON.Decimal128.fromString("9823.1297"),
    bytes: BSON.Binary.fromText("hi"),
    none: null,
    list: ["a", true],
  };
};
