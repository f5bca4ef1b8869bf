using Microsoft.Extensions.Logging;
using Serve.Server.Store;
using Serve.Server.Store.Records;

namespace Serve.Server.Controller;

/// <summary>Carries out what the reducer wants: all changes of a batch as one transaction of the store, fenced by the leader's key.</summary>
internal sealed partial class EffectRunner(IClusterStore store, StoreCondition leadership, ILogger<EffectRunner> logger)
{
    /// <summary>Writes and returns when it is durable. False where another controller leads by now.</summary>
    public async Task<bool> RunAsync(IReadOnlyList<Effect> effects, CancellationToken cancellationToken)
    {
        // A key that is written twice in a batch keeps its last value, at the place of its last write.
        var changes = effects.SelectMany(ToChanges).Reverse().DistinctBy(change => change.Key, StringComparer.Ordinal).Reverse().ToList();
        if (changes.Count > 0)
        {
            var result = await store.TxnAsync(new StoreTxn([leadership], changes), cancellationToken);
            if (!result.Succeeded)
                return false;
        }

        foreach (var note in effects.OfType<Note>())
            Log(note);
        return true;
    }

    private static IEnumerable<StoreChange> ToChanges(Effect effect) => effect switch
    {
        WriteApplication write => [new StoreChange(ClusterKeys.Application(write.Record.Name), StoreJson.Write(write.Record))],
        WriteRevision write => [new StoreChange(ClusterKeys.Revision(write.Record.Application, write.Record.Number), StoreJson.Write(write.Record))],
        ForgetRevision forget => [new StoreChange(ClusterKeys.Revision(forget.Application, forget.Number), Value: null)],
        WriteSettings write => [new StoreChange(ClusterKeys.Settings, StoreJson.Write(write.Settings))],
        ForgetApplication forget => [new StoreChange(ClusterKeys.Application(forget.Name), Value: null)],
        WriteRoutes write => [new StoreChange(ClusterKeys.RoutesOf(write.Application), write.Routes, IsVolatile: true)],
        ForgetRoutes forget => [new StoreChange(ClusterKeys.RoutesOf(forget.Application), Value: null)],
        WriteDeploymentRoutes write => [new StoreChange(ClusterKeys.RoutesOf(write.Deployment), write.Routes, IsVolatile: true)],
        ForgetDeploymentRoutes forget => [new StoreChange(ClusterKeys.RoutesOf(forget.Deployment), Value: null)],
        OrderProgram order => [new StoreChange(ClusterKeys.DesiredProgram(order.Node, order.Program.Application), StoreJson.Write(order.Program))],
        ForgetProgram forget =>
        [
            new StoreChange(ClusterKeys.DesiredProgram(forget.Node, forget.Application), Value: null),
            new StoreChange(ClusterKeys.ProgramStatus(forget.Node, forget.Application), Value: null),
        ],
        OrderReplica order => [new StoreChange(ClusterKeys.DesiredReplica(order.Node, order.Replica.Replica), StoreJson.Write(order.Replica))],
        ForgetReplica forget =>
        [
            new StoreChange(ClusterKeys.DesiredReplica(forget.Node, forget.Replica), Value: null),
            new StoreChange(ClusterKeys.ReplicaStatus(forget.Node, forget.Replica), Value: null),
        ],
        Reply or Note => [],
        _ => throw new ArgumentException($"No one carries out {effect.GetType().Name}.", nameof(effect)),
    };

    /// <summary>The first line says what happened; the lines of a worker's log behind it are in that log and in the status.</summary>
    private void Log(Note note)
    {
        var text = note.Text.Split('\n', 2)[0];
        if (note.IsProblem)
            LogProblem(note.Subject, text);
        else
            LogNote(note.Subject, text);
    }

    [LoggerMessage(EventId = 4001, Level = LogLevel.Information, Message = "{Subject}: {Text}")]
    private partial void LogNote(string subject, string text);

    [LoggerMessage(EventId = 4002, Level = LogLevel.Warning, Message = "{Subject}: {Text}")]
    private partial void LogProblem(string subject, string text);
}
