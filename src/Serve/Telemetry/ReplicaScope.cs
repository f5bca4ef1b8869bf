using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;

namespace Serve.Telemetry;

/// <summary>Whose numbers they are: makes meters whose series bear the names of one replica.</summary>
internal sealed class ReplicaScope(ReplicaContext context)
{
    private static readonly ConditionalWeakTable<object, ReplicaScope> Scopes = new();

    private static readonly ReplicaScope Unknown = new(new ReplicaContext("", "", "", IsEmbedded: true));

    public ReplicaContext Context { get; } = context;

    /// <summary>The scope of a deployment's object; one without names for an object that Serve did not construct.</summary>
    public static ReplicaScope Of(object deployment) => Scopes.TryGetValue(deployment, out var scope) ? scope : Unknown;

    /// <summary>The object belongs to the replica.</summary>
    public static void Add(object deployment, ReplicaContext context) => Scopes.AddOrUpdate(deployment, new ReplicaScope(context));

    /// <param name="name">One of <see cref="MeterNames"/>.</param>
    public Meter CreateMeter(string name) => new(new MeterOptions(name)
    {
        Tags =
        [
            new(TelemetryTags.Application, Context.Application),
            new(TelemetryTags.Deployment, Context.Deployment),
            new(TelemetryTags.Replica, Context.ReplicaId),
        ],
    });
}
