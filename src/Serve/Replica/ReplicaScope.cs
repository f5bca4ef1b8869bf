using System.Diagnostics;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Serve.Multiplexing;
using Serve.Telemetry;

namespace Serve.Replica;

/// <summary>What an object of a deployment's class belongs to: for what works on the object alone, as <see cref="Batcher"/> does.</summary>
internal sealed class ReplicaScope : IDisposable
{
    /// <summary>That of an object which is no deployment, in a unit test for instance.</summary>
    public static readonly ReplicaScope None = new(TimeProvider.System, NullLoggerFactory.Instance);

    private static readonly ConditionalWeakTable<object, ReplicaScope> Scopes = new();

    private ReplicaScope(TimeProvider timeProvider, ILoggerFactory loggers)
    {
        TimeProvider = timeProvider;
        Loggers = loggers;
    }

    public TimeProvider TimeProvider { get; }

    public ILoggerFactory Loggers { get; }

    /// <summary>What measurements are told apart by.</summary>
    public TagList Tags { get; private init; }

    /// <summary>Where the replica's requests and calls are counted.</summary>
    public ReplicaMeter Meter { get; private init; } = ReplicaMeter.Silent();

    /// <summary>Where the replica says which models it holds, or null without one.</summary>
    public ModelBoard? Models { get; private init; }

    /// <summary>What metrics call a part of the replica that is no deployment itself; null: by its class.</summary>
    public string? Part { get; private init; }

    /// <summary>That of a replica.</summary>
    public static ReplicaScope For(ReplicaContext replica, TimeProvider timeProvider, ILoggerFactory loggers)
    {
        var tags = TagsOf(replica);
        return new ReplicaScope(timeProvider, loggers) { Tags = tags, Meter = new ReplicaMeter(tags), Models = new ModelBoard(timeProvider, tags) };
    }

    public static TagList TagsOf(ReplicaContext replica) => new() { { TelemetryTags.Application, replica.Application }, { TelemetryTags.Deployment, replica.Deployment }, { TelemetryTags.Replica, replica.ReplicaId } };

    /// <summary>That of a replica in a program.</summary>
    public static ReplicaScope For(ReplicaContext replica, IServiceProvider services) =>
        For(replica, services.GetRequiredService<TimeProvider>(), services.GetRequiredService<ILoggerFactory>());

    public static ReplicaScope Of(object target) => Scopes.TryGetValue(target, out var scope) ? scope : None;

    /// <summary>That of an object which works for a replica and is no deployment.</summary>
    public static ReplicaScope ForPart(BatchOwner owner) => new(owner.TimeProvider ?? TimeProvider.System, NullLoggerFactory.Instance)
    {
        Tags = owner.Replica is { } replica ? TagsOf(replica) : default,
        Part = owner.Name,
    };

    public void Attach(object target) => Scopes.AddOrUpdate(target, this);

    public void Dispose()
    {
        Models?.Dispose();
        Meter.Dispose();
    }
}
