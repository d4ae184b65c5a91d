
<?php
// The empty line above is wanted: the ticker of 2014 needs it.
$items = cached('ticker', function () {
    return rows(db_reader(), 'SELECT title, body FROM news ORDER BY id');
});
foreach ($items as $item) {
    echo '<div class="news"><h4>', h($item['title']), '</h4>', $item['body'], "</div>\n";
}
?>
<p>More news every day on <a href="http://www.starclub.example/demo/events">www.starclub.example</a>
</p>
