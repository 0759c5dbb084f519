/** What parts that several tabs share say. */

export const strings = {
  byId: 'Find by id',
  idHint: 'id of a row',
  jittered:
    'Dots of equal values are spread a little beside their value, so that they do not hide each other.',
  noSuchRow: 'No row in this page has this id.',
} as const;
