using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Serve.Wire.Control;

namespace Serve.Server.Store.Records;

/// <summary>One change of an application's declared state, kept so that people can see who did what, and go back.</summary>
internal sealed record RevisionRecord
{
    public required string Application { get; init; }

    public required long Number { get; init; }

    /// <summary>What was declared, under the keys of the YAML.</summary>
    public required JsonObject Spec { get; init; }

    public required DateTimeOffset At { get; init; }

    /// <summary>Who did it, where the client said so.</summary>
    public string? By { get; init; }

    /// <summary>What was done.</summary>
    public ChangeKind Kind { get; init; }

    /// <summary>The same for people.</summary>
    public required string Change { get; init; }

    /// <summary>How to start its program, once that is known.</summary>
    public ProgramCommand? Command { get; init; }

    /// <summary>What the program has, once that is known.</summary>
    public ProgramDescription? Description { get; init; }

    /// <summary>Whether all its replicas were ready once.</summary>
    public bool WasRunning { get; init; }
}

/// <summary>How a revision came to be.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ChangeKind>))]
internal enum ChangeKind
{
    /// <summary>Somebody submitted it.</summary>
    Deployed,

    /// <summary>It is an earlier one again.</summary>
    RolledBack,

    /// <summary>It differs from the one before in a number of replicas.</summary>
    Scaled,
}
