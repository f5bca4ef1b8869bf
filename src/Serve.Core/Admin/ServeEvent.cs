using System.Text.Json.Serialization;

namespace Serve.Admin;

/// <summary>Something that changed on the server.</summary>
internal sealed record ServeEvent
{
    /// <summary>Its place in the order of events: the controller's epoch and a number. Whoever has seen it can go on behind it.</summary>
    public string Id { get; init; } = "";

    /// <summary>When, in seconds since 1970.</summary>
    public required double TimeS { get; init; }

    public required EventType Type { get; init; }

    public string? Application { get; init; }

    public string? Deployment { get; init; }

    /// <summary>The replica's id.</summary>
    public string? Replica { get; init; }

    public string? Node { get; init; }

    /// <summary>The state before; null where it was not there.</summary>
    public string? From { get; init; }

    /// <summary>The state now; null where it is gone.</summary>
    public string? To { get; init; }

    /// <summary>The application's revision, where the event is about one.</summary>
    public long? Revision { get; init; }

    /// <summary>Who made the revision, where that is known.</summary>
    public string? By { get; init; }

    /// <summary>What to know beside it, or empty.</summary>
    public string Message { get; init; } = "";
}

/// <summary>The kinds of <see cref="ServeEvent"/>.</summary>
[JsonConverter(typeof(EventTypeConverter))]
internal enum EventType
{
    /// <summary>An application appeared, changed its status, or is gone.</summary>
    ApplicationStatus,

    /// <summary>A deployment appeared, changed its status, or is gone.</summary>
    DeploymentStatus,

    /// <summary>A replica was started, changed its state, or is gone.</summary>
    ReplicaState,

    NodeJoined,

    NodeLeft,

    /// <summary>An application was submitted or scaled.</summary>
    RevisionSubmitted,

    /// <summary>An application went back to an earlier revision.</summary>
    RolledBack,

    /// <summary>The program's own scaling policy gives no good advice any more; its last good one stays.</summary>
    PolicyFailed,

    /// <summary>It does again.</summary>
    PolicyRecovered,

    /// <summary>The events between the last that the client has seen and now are not known any more: read the state again.</summary>
    Reset,
}

/// <summary>Writes the kinds in snake case.</summary>
internal sealed class EventTypeConverter() : JsonStringEnumConverter<EventType>(System.Text.Json.JsonNamingPolicy.SnakeCaseLower);

/// <summary>One line of JSON for each event.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ServeEvent))]
internal sealed partial class EventJson : JsonSerializerContext;
