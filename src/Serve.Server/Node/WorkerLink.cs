using Serve.Routing.Load;
using Serve.Wire.Control;

namespace Serve.Server.Node;

/// <summary>The agent's end of the link to one worker.</summary>
internal sealed class WorkerLink : IAsyncDisposable
{
    private const string LinkClosed = "The worker closed its link.";

    private const string WrongReply = "The worker answered another question than it was asked.";

    private readonly Stream _stream;
    private readonly OpenQuestions<Reply> _questions = new(static id => new Answer(id, LinkClosed));
    private readonly Outbox _outbox;

    /// <summary>Told the load of the worker's routers.</summary>
    public Action<LoadReport> OnLoad { get; set; } = static _ => { };

    /// <summary>Told what the worker records for scaling policies.</summary>
    public Action<IReadOnlyDictionary<string, double>> OnRecorded { get; set; } = static _ => { };

    public WorkerLink(Stream stream)
    {
        _stream = stream;
        _outbox = new Outbox(stream);
    }

    /// <summary>Sends a message. A worker that takes none up any more loses its link, and ends itself or fails its health checks.</summary>
    /// <returns>Whether the link is still there.</returns>
    public bool Send(AgentMessage message) => _outbox.Send(message);

    /// <summary>Asks and waits for the answer.</summary>
    /// <returns>What failed, or null.</returns>
    public async Task<string?> AskAsync(Func<long, Question> question, CancellationToken cancellationToken) =>
        await AskForAsync(question, cancellationToken) is Answer answer ? answer.Failure : WrongReply;

    /// <summary>Asks what the worker has counted.</summary>
    /// <returns>Its metrics, nothing where the link is gone, or null where it did not answer in time.</returns>
    public async Task<MetricsCollected?> CollectMetricsAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await AskForAsync(static id => new CollectMetrics(id), cancellationToken) as MetricsCollected ?? MetricsCollected.Nothing;
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    /// <summary>Has the worker let one of its program's scaling policies decide.</summary>
    /// <returns>What it says, or null where the link is gone.</returns>
    public async Task<string?> AskPolicyAsync(string question, CancellationToken cancellationToken) =>
        (await AskForAsync(id => new AskPolicy(id, question), cancellationToken) as PolicyAnswered)?.Text;

    /// <summary>Reads until the worker hangs up; answers go to their questions, other messages to the handler.</summary>
    public async Task ReadAsync(Action<WorkerMessage> handle)
    {
        try
        {
            while (await LinkCodec.ReadAsync<WorkerMessage>(_stream, CancellationToken.None) is { } message)
            {
                if (message is Reply reply)
                    _questions.Answer(reply.Id, reply);
                else if (message is LoadSeen load)
                    OnLoad(load.Report);
                else if (message is MetricsRecorded recorded)
                    OnRecorded(recorded.Values);
                else
                    handle(message);
            }
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException or InvalidDataException or System.Text.Json.JsonException)
        {
            // A worker that breaks the protocol is as good as gone: its link closes, and it ends itself.
        }

        _outbox.Close();
        _questions.End();
    }

    public ValueTask DisposeAsync() => _outbox.DisposeAsync();

    private Task<Reply> AskForAsync(Func<long, Question> question, CancellationToken cancellationToken) => _questions.AskAsync(id => Send(question(id)), cancellationToken);
}
