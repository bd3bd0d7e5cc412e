import { expect, test } from "vitest";
import { placeOf } from "../../src/postgres/place.ts";

test.each([
  ["postgres://u:secret@db.test:6543/app", "db.test:6543/app"],
  ["postgres://u:secret@db.test/app?sslmode=disable", "db.test:5432/app"],
  ["postgres://u:secret@db.test", "db.test:5432/u"],
  ["postgres://db.test", "db.test:5432"],
  ["postgres:///app?host=/run/pg", "socket /run/pg:5432, database app"],
  ["postgres://u:secret@%2Frun%2Fpg/app", "socket /run/pg:5432, database app"],
  ["postgres://u:secret@/app?host=/run/pg&port=6543", "socket /run/pg:6543, database app"],
  ["no url", "the PostgreSQL server"],
])("a URL %s is shown as %s", (url, place) => {
  expect(placeOf({ url })).toBe(place);
});
