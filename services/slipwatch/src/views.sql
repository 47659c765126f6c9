-- Views for people with sqlite3: dates instead of ticks, columns instead of JSON.
CREATE VIEW alerts AS
  SELECT json_extract(body, '$.alert') AS alert,
         CAST(json_extract(body, '$.n') AS INTEGER) AS n,
         datetime(tick / 4, 'unixepoch') AS decided,
         json_extract(body, '$.series.jurisdiction') AS jurisdiction,
         json_extract(body, '$.series.measure') AS measure,
         body
  FROM decisions WHERE key LIKE 'alert/%';
CREATE VIEW weeks AS
  SELECT json_extract(a.body, '$.week') AS week,
         json_extract(a.body, '$.jurisdiction') AS jurisdiction,
         json_extract(s.value, '$.measure') AS measure,
         json_extract(s.value, '$.verdict') AS verdict,
         s.value AS body
  FROM assessments a, json_each(a.body, '$.series') s;
CREATE INDEX decisions_key ON decisions (key);
