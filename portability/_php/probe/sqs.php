<?php
/* A queue of SQS: in which account it and the application's credentials are, and whether it has the beacon. */

namespace PortabilityProbe;

const SQS_VERSION = '2012-11-05';
const SQS_BEACON = 'portability-identity';

function sqs_hosts(Given $given): array
{
    return aws_hosts($given, sqs_place($given));
}

/** Where the queue's URL leads, or an own endpoint instead of its host. */
function sqs_place(Given $given): array
{
    $url = $given->needed('queue');
    $parts = \parse_url($url);
    if (!isset($parts['host'], $parts['path'])) {
        throw new Failure('given', 'the queue is no URL');
    }
    $place = $given->text('endpoint') === '' ? aws_place($given, 'queue', '') : aws_place($given, 'endpoint', '');
    return $place + ['path' => $parts['path'], 'url' => $url];
}

function sqs_identify(Context $context): array
{
    $facts = ['step' => 'done'] + aws_caller($context);
    $told = sqs_action($context, 'GetQueueAttributes', ['AttributeName.1' => 'QueueArn']);
    $facts['peer'] = $context->peer;
    $facts['marks'] = \array_filter(['arn' => aws_element($told['body'], 'Value')]);
    if ($context->beacon !== '') {
        try {
            $tags = sqs_action($context, 'ListQueueTags', [])['body'];
            $pattern = '~<Key>' . SQS_BEACON . '</Key>\s*<Value>' . \preg_quote($context->beacon, '~') . '</Value>~';
            $facts['beacon'] = \preg_match($pattern, $tags) === 1;
        } catch (Failure $failure) {
            $facts['beacon'] = null;
        }
    }
    return $facts;
}

function sqs_action(Context $context, string $action, array $words): array
{
    $place = sqs_place($context->given);
    $words += ['Action' => $action, 'Version' => SQS_VERSION, 'QueueUrl' => $place['url']];
    return aws_query($context, 'sqs', $place, $place['path'], $words);
}
