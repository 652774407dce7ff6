"""What a competent user writes in an hour: shared identifiers -> weighted pairs -> communities, nothing else.

    python benchmarks/bare_script.py WORLD OUT.parquet [--min-weight W]

WORLD is a folder of Parquet tables in the default layout. No bad rows, no normalising beyond lower case,
no as-of, no labels, no scores, no reasons, no store: it stands here as the speed to be compared with.
"""

import argparse
import random
from pathlib import Path

import duckdb
import igraph
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from scipy import sparse

MAX_DEGREE = 300
GAMMA = 0.05
USES = """
    SELECT account_id, 'email' AS kind, lower(email) AS value FROM '{0}/accounts.parquet'
    UNION ALL SELECT account_id, 'phone', phone FROM '{0}/accounts.parquet'
    UNION ALL SELECT account_id, 'device', device_id FROM '{0}/sessions.parquet'
    UNION ALL SELECT account_id, 'ip', ip FROM '{0}/sessions.parquet'
    UNION ALL SELECT account_id, 'address', lower(concat_ws(', ', line, city, postcode))
              FROM '{0}/addresses.parquet'
    UNION ALL SELECT account_id, 'instrument', instrument_id FROM '{0}/instruments.parquet'
    UNION ALL SELECT payer_id, 'instrument', instrument_id FROM '{0}/payments.parquet'
    UNION ALL SELECT payer_id, 'device', device_id FROM '{0}/payments.parquet'
    UNION ALL SELECT payer_id, 'ip', ip FROM '{0}/payments.parquet'"""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("world", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--min-weight", type=float, default=0.0, help="leave out pairs below it")
    given = parser.parse_args()
    db = duckdb.connect()
    db.execute(f"""
        CREATE TABLE account AS SELECT account_id, row_number() OVER () - 1 AS a
        FROM '{given.world}/accounts.parquet'""")
    db.execute(
        f"CREATE TABLE used AS SELECT DISTINCT * FROM ({USES.format(given.world)}) WHERE value IS NOT NULL"
    )
    db.execute(f"""
        CREATE TABLE shared AS SELECT kind, value, count(*) AS k, row_number() OVER () - 1 AS i
        FROM used GROUP BY kind, value HAVING count(*) BETWEEN 2 AND {MAX_DEGREE}""")
    links = db.sql("SELECT a, i, k FROM used JOIN shared USING (kind, value) JOIN account USING (account_id)")
    a, i, k = links.fetchnumpy().values()
    account_count, shared_count = (
        db.sql(f"SELECT count(*) FROM {t}").fetchall()[0][0] for t in ("account", "shared")
    )
    half = (1 / np.sqrt(k - 1)).astype(np.float32)  # so that B B' carries 1 / (k - 1)
    b = sparse.csr_array((half, (a, i)), shape=(account_count, shared_count))
    pairs = sparse.triu(b @ b.T, k=1).tocoo()
    kept = pairs.data >= given.min_weight
    graph = igraph.Graph(n=account_count, edges=np.column_stack([pairs.row[kept], pairs.col[kept]]))
    igraph.set_random_number_generator(random.Random(1))
    found = graph.community_leiden("CPM", weights=pairs.data[kept], resolution=GAMMA, n_iterations=2)
    community = np.array(found.membership)
    big = np.bincount(community)[community] >= 3
    names = db.sql("SELECT account_id FROM account ORDER BY a").to_arrow_table()["account_id"]
    pq.write_table(pa.table({"community": community, "account_id": names}).filter(pa.array(big)), given.out)
    rings = len(np.unique(community[big]))
    print(f"{account_count} accounts, {len(a)} shared links, {kept.sum()} pairs, {rings} communities")


if __name__ == "__main__":
    main()
