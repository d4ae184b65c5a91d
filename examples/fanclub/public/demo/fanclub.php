<?php
require __DIR__ . '/../../lib/bootstrap.php';

$user = session_resume();
$title = 'Fan club';
$path = '/demo/fanclub';
$theme = unserialize(setting('theme'));
$club = 'nights';

header('X-Club: ' . site_of($_SERVER['HTTP_HOST']));
include __DIR__ . '/../../templates/header.php';
?>
<h1>The fan club</h1>
<img src="<?= h($theme['logo']) ?>" alt="logo"><img src="<?= h(default_theme()['logo']) ?>" alt="">
<p>Your fan page: <a href="<?= h(fanpage_url($club)) ?>">here</a>, your profile:
<?php echo h(profile_url($user ? $user['id'] : 0)), ' ', contact_host(); ?>.
</p>
<?php
if (is_main_site() && is_friend($_SERVER['HTTP_HOST'])) {
    echo <<<HTML
<div class="share" data-host="www.starclub.example">
  <a href="http://www.starclub.example/share/$club">Share {$title}</a>
  <img src="https://d1fakestarclub.cloudfront.net/img/{$club}.png">
</div>

HTML;
}
echo '<a href="', h(share_link($path)), '">Share elsewhere</a>', "\n";
echo "<script>var player = ", player_config(7), ";</script>\n";
?>
<code>&lt;iframe src=&quot;http://widgets.starclub.example/fanclub&quot;&gt;&lt;/iframe&gt;</code>
<iframe src="http://widgets.starclub.example/fanclub" width="300" height="200"></iframe>
<?php
include __DIR__ . '/../../templates/footer.php';
