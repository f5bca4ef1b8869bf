using Serve.Identity;
using Serve.Server.Controller.Autoscaling;
using Serve.Wire.Control;

namespace Serve.Server.Controller.Line;

/// <summary>A node in another process, as long as its connection lasts.</summary>
internal sealed class RemoteNode(Stream stream) : IAsyncDisposable
{
    private readonly Outbox _outbox = new(stream);
    private readonly OpenQuestions<string?> _questions = new(static _ => null);

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
                    _questions.Answer(answer.Id, answer.Text);
            }
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException or InvalidDataException or System.Text.Json.JsonException)
        {
            // A node that breaks the protocol is as good as gone; it calls again.
        }

        _outbox.Close();
        _questions.End();
    }

    /// <returns>The replica's answer, or null where it is not there, or the node is gone.</returns>
    public Task<string?> AskAsync(ReplicaId replica, string question, CancellationToken cancellationToken) =>
        _questions.AskAsync(id => _outbox.Send<LeaderMessage>(new AskReplica(id, replica, question)), cancellationToken);

    public ValueTask DisposeAsync() => _outbox.DisposeAsync();
}
