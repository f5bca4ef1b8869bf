using System.Text.Json.Serialization;
using Serve.Identity;
using Serve.Routing;
using Serve.Routing.Load;
using Serve.Specs.Observability;
using Serve.Telemetry;

namespace Serve.Wire.Control;

/// <summary>What a worker tells its agent over the link.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(Hello), "hello")]
[JsonDerivedType(typeof(StartProgress), "progress")]
[JsonDerivedType(typeof(StartSucceeded), "ready")]
[JsonDerivedType(typeof(StartFailed), "failed")]
[JsonDerivedType(typeof(FirstRequestDone), "first_request")]
[JsonDerivedType(typeof(Answer), "answer")]
[JsonDerivedType(typeof(MetricsCollected), "metrics")]
[JsonDerivedType(typeof(WatchRoutes), "watch_routes")]
[JsonDerivedType(typeof(LoadSeen), "load")]
[JsonDerivedType(typeof(MetricsRecorded), "recorded")]
[JsonDerivedType(typeof(PolicyAnswered), "policy_answer")]
internal abstract record WorkerMessage;

/// <summary>The first message: who is calling.</summary>
internal sealed record Hello(ReplicaId Replica, int ProcessId) : WorkerMessage;

/// <summary>The replica's start has come so far.</summary>
internal sealed record StartProgress(StartPhase Phase) : WorkerMessage;

/// <summary>The replica is constructed, configured, healthy and listens.</summary>
internal sealed record StartSucceeded : WorkerMessage;

/// <summary>The replica can't start; its process ends now.</summary>
internal sealed record StartFailed(string Reason) : WorkerMessage;

/// <summary>The first request or call since the start has ended.</summary>
/// <param name="Seconds">How long the replica worked on it: much that is needed for it is compiled and loaded only then.</param>
internal sealed record FirstRequestDone(double Seconds) : WorkerMessage;

/// <summary>What a worker says to a <see cref="Question"/> with the same id.</summary>
internal abstract record Reply(long Id) : WorkerMessage;

/// <summary>The outcome of a <see cref="Question"/>: null is success.</summary>
internal sealed record Answer(long Id, string? Failure) : Reply(Id);

/// <summary>The answer to <see cref="CollectMetrics"/>: all that the worker has counted since its start, as much as fits into the bound.</summary>
internal sealed record MetricsCollected(long Id, IReadOnlyList<MetricFamily> Families, int Dropped) : Reply(Id)
{
    /// <summary>What a worker has counted that is not there.</summary>
    public static readonly MetricsCollected Nothing = new(0, [], Dropped: 0);
}

/// <summary>The program calls deployments of another application: its routes are wanted from now on.</summary>
internal sealed record WatchRoutes(string Application) : WorkerMessage;

/// <summary>The load of the deployments that the program calls has changed.</summary>
internal sealed record LoadSeen(LoadReport Report) : WorkerMessage;

/// <summary>What scaling policies shall be told of the replica, by name (<see cref="CustomMetrics"/>): those values that are new. The others hold.</summary>
internal sealed record MetricsRecorded(IReadOnlyDictionary<string, double> Values) : WorkerMessage;

/// <summary>The answer to <see cref="AskPolicy"/>: a <see cref="PolicyAnswer"/> as JSON, which only the leader reads.</summary>
internal sealed record PolicyAnswered(long Id, string Text) : Reply(Id);

/// <summary>What an agent tells its worker.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(Assign), "assign")]
[JsonDerivedType(typeof(RoutesChanged), "routes")]
[JsonDerivedType(typeof(TelemetryChanged), "telemetry")]
[JsonDerivedType(typeof(CheckHealth), "health")]
[JsonDerivedType(typeof(Reconfigure), "reconfigure")]
[JsonDerivedType(typeof(Drain), "drain")]
[JsonDerivedType(typeof(CollectMetrics), "collect_metrics")]
[JsonDerivedType(typeof(AskPolicy), "ask_policy")]
internal abstract record AgentMessage;

/// <summary>The answer to <see cref="Hello"/>.</summary>
internal sealed record Assign(ReplicaAssignment Assignment) : AgentMessage;

/// <summary>The routes of the worker's own application, or of one that it watches, are these from now on.</summary>
internal sealed record RoutesChanged(ApplicationRoutes Routes) : AgentMessage;

/// <summary>Metrics and traces are pushed so from now on.</summary>
internal sealed record TelemetryChanged(TelemetrySpec? Telemetry) : AgentMessage;

/// <summary>A message that wants a <see cref="Reply"/> with its id.</summary>
internal abstract record Question(long Id) : AgentMessage;

internal sealed record CheckHealth(long Id) : Question(Id);

internal sealed record Reconfigure(long Id, ReplicaSettings Settings) : Question(Id);

/// <summary>Take no new requests; answer when the running ones are done.</summary>
internal sealed record Drain(long Id) : Question(Id);

/// <summary>Tell what you have counted; answered with <see cref="MetricsCollected"/>.</summary>
internal sealed record CollectMetrics(long Id) : Question(Id);

/// <summary>Let one of the program's scaling policies decide; answered with <see cref="PolicyAnswered"/>.</summary>
/// <param name="Id">The question.</param>
/// <param name="Text">A <see cref="PolicyQuestion"/> as JSON, which only the worker reads.</param>
internal sealed record AskPolicy(long Id, string Text) : Question(Id);

/// <summary>What a starting replica is doing.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<StartPhase>))]
internal enum StartPhase
{
    /// <summary>The process runs but has not called AddServe yet.</summary>
    Process,

    /// <summary>The program builds its host.</summary>
    Host,

    /// <summary>The deployment's constructor runs.</summary>
    Constructor,

    /// <summary>InitializeAsync runs.</summary>
    Initialize,

    /// <summary>ReconfigureAsync runs with the first user config.</summary>
    Reconfigure,

    /// <summary>The first health check runs.</summary>
    HealthCheck,

    /// <summary>The web server starts.</summary>
    Listen,

    /// <summary>It is ready, and works on its first request or waits for one.</summary>
    FirstRequest,
}
