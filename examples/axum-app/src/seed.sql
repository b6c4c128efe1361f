CREATE TEMPORARY TABLE authors (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
CREATE TEMPORARY TABLE posts (id INTEGER PRIMARY KEY, author_id INTEGER NOT NULL, title TEXT NOT NULL, published BOOLEAN NOT NULL);
INSERT INTO authors (id, name) VALUES
    (1, 'Ada'), (2, 'Grace'), (3, 'Edsger'), (4, 'Barbara'), (5, 'Niklaus'), (6, 'Frances'), (7, 'Donald'), (8, 'Radia');
INSERT INTO posts (id, author_id, title, published) VALUES
    (1, 1, 'First', TRUE), (2, 2, 'Second', TRUE), (3, 3, 'Third', TRUE), (4, 4, 'Fourth', TRUE),
    (5, 5, 'Fifth', TRUE), (6, 6, 'Sixth', TRUE), (7, 7, 'Seventh', TRUE), (8, 8, 'Eighth', TRUE),
    (9, 1, 'Ninth', FALSE), (10, 1, 'Tenth', FALSE), (11, 1, 'Eleventh', FALSE), (12, 1, 'Twelfth', FALSE),
    (13, 2, 'Thirteenth', FALSE), (14, 2, 'Fourteenth', FALSE);
