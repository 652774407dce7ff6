// Write rings: each parameter is a column; a node that is there already is brought up to date.
CYPHER 5
UNWIND range(0, size($id) - 1) AS i
MERGE (n:Ring {id: $id[i]})
ON CREATE SET n.first_run_id = $run_id[i]
SET n.long_id = $long_id[i],
    n.caption = $caption[i],
    n.score = $score[i],
    n.size = $size[i],
    n.core_count = $core_count[i],
    n.labelled_bad_count = $labelled_bad_count[i],
    n.labelled_good_count = $labelled_good_count[i],
    n.exposure_minor = $exposure_minor[i],
    n.currency = $currency[i],
    n.detectors = $detectors[i],
    n.innocent = $innocent[i],
    n.innocent_bits = $innocent_bits[i],
    n.reasons = $reasons[i],
    n.status = $status[i],
    n.run_id = $run_id[i],
    n.content_digest = $content_digest[i]
RETURN collect(id(n)) AS node, collect(n.id) AS id
