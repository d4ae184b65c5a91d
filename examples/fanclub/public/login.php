<?php
require __DIR__ . '/../lib/bootstrap.php';

header('Content-Type: application/json');
header('Access-Control-Allow-Origin: http://widgets.starclub.example');
header("Access-Control-Allow-Credentials: true");

function answer($data)
{
    echo json_encode($data);
    exit;
}

if ($_SERVER['REQUEST_METHOD'] !== 'POST') {
    header('Allow: POST', true, 405);
    answer(array('success' => false, 'error' => 'POST only'));
}

$email = isset($_POST['email']) ? trim($_POST['email']) : '';
$password = isset($_POST['password']) ? $_POST['password'] : '';

if ($email === '' || $password === '') {
    answer(array('success' => false, 'error' => 'E-mail and password, please'));
}

$link = db_writer();
$stmt = mysqli_prepare($link, 'SELECT id, email, name, level FROM users WHERE email = ? AND password = ?');
$hash = hash('sha256', $email . ':' . $password);
mysqli_stmt_bind_param($stmt, 'ss', $email, $hash);
mysqli_stmt_execute($stmt);
$user = mysqli_fetch_assoc(mysqli_stmt_get_result($stmt));

if (!$user) {
    forget();
    answer(array('success' => false, 'error' => 'E-mail or password is wrong'));
}

session_begin($user);
remember($user['id'], !empty($_POST['rememberMe']));
answer(array('success' => true, 'user' => $user['name'], 'next' => 'http://www.starclub.example/demo/fanclub'));
