<?php
/* Where the application gets its AWS credentials in, the credentials out: given, environment, or instance role. */

namespace PortabilityProbe;

const INSTANCE_HOST = '169.254.169.254';
const INSTANCE_ROLES = '/latest/meta-data/iam/security-credentials/';

/** The hosts besides AWS's own that are asked for credentials. */
function credentials_hosts(Given $given): array
{
    return credentials_at_hand($given) === null ? [INSTANCE_HOST] : [];
}

/** Key, secret and session token by these names; the instance's role is asked for at most once a question. */
function credentials(Context $context): array
{
    if ($context->credentials === null) {
        $found = credentials_at_hand($context->given) ?? credentials_of_role($context);
        $context->given->hide($found['secret']);
        $context->given->hide($found['token']);
        $context->credentials = $found;
    }
    return $context->credentials;
}

/** The parameters, else AWS's own environment variables; null where neither holds a key. */
function credentials_at_hand(Given $given): ?array
{
    if ($given->text('access_key') !== '') {
        return [
            'key' => $given->text('access_key'),
            'secret' => $given->needed('secret_key'),
            'token' => $given->text('session_token'),
        ];
    }
    $key = (string) \getenv('AWS_ACCESS_KEY_ID');
    if ($key === '') {
        return null;
    }
    $secret = (string) \getenv('AWS_SECRET_ACCESS_KEY');
    return ['key' => $key, 'secret' => $secret, 'token' => (string) \getenv('AWS_SESSION_TOKEN')];
}

/** The credentials of the machine's role, by version 2 of the instance's metadata service. */
function credentials_of_role(Context $context): array
{
    $ask = static function (string $method, string $path, array $headers) use ($context): string {
        try {
            $answer = http_request($context, $method, 'http', INSTANCE_HOST, 80, $path, $headers);
        } catch (Failure $failure) {
            throw new Failure('login', 'no credentials are given, and the instance has none: ' . $failure->getMessage());
        }
        if ($answer['status'] !== 200) {
            throw new Failure('login', "no credentials are given, and the instance answers {$answer['status']}", true);
        }
        return $answer['body'];
    };
    $token = ['X-aws-ec2-metadata-token' => $ask('PUT', '/latest/api/token', ['X-aws-ec2-metadata-token-ttl-seconds' => '60'])];
    $role = (string) \strtok($ask('GET', INSTANCE_ROLES, $token), "\n");
    $told = \json_decode($ask('GET', INSTANCE_ROLES . \rawurlencode($role), $token), true);
    if (!isset($told['AccessKeyId'], $told['SecretAccessKey'], $told['Token'])) {
        throw new Failure('login', 'the instance has no role');
    }
    return ['key' => $told['AccessKeyId'], 'secret' => $told['SecretAccessKey'], 'token' => $told['Token']];
}
