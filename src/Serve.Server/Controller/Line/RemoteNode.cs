using System.Collections.Concurrent;
using Serve.Identity;
using Serve.Server.Controller.Autoscaling;
using Serve.Wire.Control;

namespace Serve.Server.Controller.Line;

/// <summary>A node in another process, as long as its connection lasts.</summary>
internal sealed class RemoteNode(Stream stream) : IAsyncDisposable
{
    private readonly Outbox _outbox = new(stream);
    private readonly ConcurrentDictionary<long, TaskCompletionSource<string?>> _questions = new();
    private long _nextQuestion;
    private volatile bool _isClosed;

    /// <summary>Reads until the node hangs up.</summary>
    public async Task RunAsync(LoadLine line)
    {
        try
        {
            while (await LinkCodec.ReadAsync<NodeMessage>(stream, CancellationToken.None) is { } message)
            {
                if (message is NodeTold told)
                    line.Take(told.Report);
                else if (message is ReplicaAnswered answer)
                    _questions.GetValueOrDefault(answer.Id)?.TrySetResult(answer.Text);
            }
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException or InvalidDataException or System.Text.Json.JsonException)
        {
            // A node that breaks the protocol is as good as gone; it calls again.
        }

        _isClosed = true;
        foreach (var question in _questions.Values)
            question.TrySetResult(null);
    }

    /// <returns>The replica's answer, or null where it is not there, or the node is gone.</returns>
    public async Task<string?> AskAsync(ReplicaId replica, string question, CancellationToken cancellationToken)
    {
        var id = Interlocked.Increment(ref _nextQuestion);
        var answer = new TaskCompletionSource<string?>(TaskCreationOptions.RunContinuationsAsynchronously);
        _questions[id] = answer;
        try
        {
            return !_isClosed && _outbox.Send<LeaderMessage>(new AskReplica(id, replica, question)) ? await answer.Task.WaitAsync(cancellationToken) : null;
        }
        finally
        {
            _questions.TryRemove(id, out _);
        }
    }

    public ValueTask DisposeAsync() => _outbox.DisposeAsync();
}
