exports = function() {
  return {
    oid: new BSON.ObjectId("5e7a1c0f9d3b2a4c6e8f0a11"),
    binary: BSON.Binary.fromText("hi"),
    int: BSON.Int32(5), long: BSON.Long(7, 0), double: BSON.Double(2), decimal: BSON.Decimal128.fromString("1.10"),
    min: BSON.MinKey(), max: new BSON.MaxKey(), regexp: BSON.BSONRegExp("^a", "i"), text: [undefined],
  };
};
