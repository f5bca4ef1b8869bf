using System.Collections.Concurrent;

namespace Serve.Wire.Control;

/// <summary>The questions that were sent over a link and not answered yet.</summary>
/// <param name="unanswered">What a question that can't be answered any more comes to.</param>
internal sealed class OpenQuestions<TReply>(Func<long, TReply> unanswered)
{
    private readonly ConcurrentDictionary<long, TaskCompletionSource<TReply>> _questions = new();
    private long _next;

    /// <summary>Asks and waits for the answer.</summary>
    /// <param name="send">Sends the question of this number; false where the link is closed.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<TReply> AskAsync(Func<long, bool> send, CancellationToken cancellationToken)
    {
        var id = Interlocked.Increment(ref _next);
        var reply = new TaskCompletionSource<TReply>(TaskCreationOptions.RunContinuationsAsynchronously);
        _questions[id] = reply;
        try
        {
            return send(id) ? await reply.Task.WaitAsync(cancellationToken) : unanswered(id);
        }
        finally
        {
            _questions.TryRemove(id, out _);
        }
    }

    public void Answer(long id, TReply reply) => _questions.GetValueOrDefault(id)?.TrySetResult(reply);

    /// <summary>No answers come any more. Nothing must be sent from before this on.</summary>
    public void End()
    {
        foreach (var (id, question) in _questions)
            question.TrySetResult(unanswered(id));
    }
}
