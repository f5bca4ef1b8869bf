using System.Text.Json.Nodes;

namespace Serve.Admin;

/// <summary>What was changed of an application.</summary>
/// <param name="Application">The application.</param>
/// <param name="Revision">The last revision.</param>
/// <param name="ActiveRevision">The revision that its replicas run or shall run, or null where none could be used yet.</param>
/// <param name="Revisions">The last ones, the newest first.</param>
internal sealed record RevisionHistory(string Application, long Revision, long? ActiveRevision, IReadOnlyList<RevisionDetails> Revisions);

/// <summary>One change of what was declared.</summary>
internal sealed record RevisionDetails
{
    public required long Number { get; init; }

    /// <summary>When, in seconds since 1970.</summary>
    public required double AtS { get; init; }

    /// <summary>Who did it, where the client said so.</summary>
    public required string? By { get; init; }

    /// <summary>What was done.</summary>
    public required string Change { get; init; }

    /// <summary>Whether all its replicas were ready once.</summary>
    public required bool WasRunning { get; init; }

    /// <summary>What was declared, under the keys of the YAML.</summary>
    public required JsonObject Config { get; init; }
}

/// <summary>The body of a request to roll back.</summary>
/// <param name="To">The revision, or null for the last one that was running.</param>
internal sealed record RollbackRequest(long? To);
