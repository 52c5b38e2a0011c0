import type { DescribeDimensionKeysCommandInput, DescribeDimensionKeysCommandOutput } from "@aws-sdk/client-pi"
import { type Answer, defineService } from "../Service.ts"

/** What sessions do in a database that is busy: how many at once, with what. */
const groups: Readonly<Record<string, ReadonlyArray<readonly [total: number, dimensions: Record<string, string>]>>> = {
  "db.wait_event": [
    [1.6, { "db.wait_event.name": "io/table/sql/handler", "db.wait_event.type": "io" }],
    [0.9, { "db.wait_event.name": "CPU", "db.wait_event.type": "CPU" }],
    [0.6, { "db.wait_event.name": "io/file/innodb/innodb_data_file", "db.wait_event.type": "io" }]
  ],
  "db.sql_tokenized": [
    [
      2.3,
      {
        "db.sql_tokenized.id": "9C1A64E0F2B7",
        "db.sql_tokenized.statement": "SELECT `term` , COUNT ( * ) FROM `searches` WHERE `made_at` > ? GROUP BY `term`"
      }
    ],
    [
      0.4,
      {
        "db.sql_tokenized.id": "51D7730BA8E4",
        "db.sql_tokenized.statement": "INSERT INTO `searches` ( `term` , `visitor_id` , `made_at` ) VALUES (...)"
      }
    ]
  ]
}

export default defineService({
  answers: {
    "pi:DescribeDimensionKeys": (
      _,
      { GroupBy }: DescribeDimensionKeysCommandInput
    ): Answer<DescribeDimensionKeysCommandOutput> => ({
      Keys: (groups[GroupBy?.Group ?? ""] ?? [])
        .slice(0, GroupBy?.Limit)
        .map(([Total, Dimensions]) => ({ Total, Dimensions }))
    })
  }
})
