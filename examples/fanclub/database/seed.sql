-- Rows that every installation has. Fans are made up: fan0001@fans.example and so on.
INSERT INTO users (email, password, name, level)
SELECT CONCAT('fan', LPAD(seq, 4, '0'), '@fans.example'),
       SHA2(CONCAT('fan', LPAD(seq, 4, '0'), '@fans.example:', 'fan-', seq, '-pw'), 256),
       CONCAT('Fan ', seq),
       1 + seq % 3
FROM seq_1_to_2000;

INSERT INTO settings (name, value) VALUES
('site_url', 'http://www.starclub.example'),
('cdn_url', 'https://d1fakestarclub.cloudfront.net'),
('support_mail', 'ops@starclub.example'),
('admin_email', ''),
('theme', 'a:2:{s:4:"name";s:6:"nights";s:4:"logo";s:43:"http://static.starclub.example/img/logo.svg";}'),
('menu', '[{"label":"Club","href":"http:\\/\\/www.starclub.example\\/demo\\/fanclub"},{"label":"Store","href":"http:\\/\\/www.starclub.example\\/demo\\/store"}]');

INSERT INTO events (title, venue, starts_on, cents) VALUES
('Opening night', 'Old Harbour Hall', '2024-05-03', 4500),
('Acoustic evening', 'City Library', '2024-06-14', 2900),
('Summer finale', 'Open Air Field', '2024-08-24', 6900);

INSERT INTO products (sku, title, cents, image) VALUES
('TS-01', 'Tour shirt', 2500, 'https://d1fakestarclub.cloudfront.net/store/ts-01.png'),
('MG-02', 'Star mug', 1200, '/store/mg-02.png'),
('BG-03', 'Badge set', 600, '/store/badge@2x.png');

INSERT INTO news (title, body) VALUES
('New store', '<p>Our <a href="http://www.starclub.example/demo/store">store</a> is open.</p>'),
('Thanks', '<p>Follow us on <a href="https://twitter.com/starclubexample">Twitter</a>.</p>');
