/** Orders by age, the newest first; those of one instant by their ids, so that the order of a list decides nothing. */
export const newestFirst =
  <Item extends { readonly id: string }>(madeAt: (item: Item) => Date) =>
  (a: Item, b: Item): number =>
    madeAt(b).getTime() - madeAt(a).getTime() || (a.id < b.id ? -1 : 1)
