exports = (text) => text.split(/\s+/).filter((word) => word !== "").length;
