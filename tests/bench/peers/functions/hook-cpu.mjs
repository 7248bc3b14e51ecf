// 100 KB of array in, about 10 KB of object out.
export default function handle(items) {
  const lines = items
    .filter((item) => item.active && item.qty > 2)
    .map((item) => ({
      id: item.id, sku: item.sku, total: Math.round(item.qty * item.price * 100) / 100, tag: item.tags[0],
    }));
  const regions = items.reduce((all, item) => {
    const region = (all[item.region] ??= { n: 0, sum: 0 });
    region.n += 1;
    region.sum += item.qty * item.price;
    return all;
  }, {});
  return { count: lines.length, regions, lines: lines.slice(0, 160) };
}
