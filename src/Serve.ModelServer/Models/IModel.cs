using Serve.OpenInference;

namespace Serve.ModelServer.Models;

/// <summary>A model that is a deployment, as the one in front calls it.</summary>
public interface IModel
{
    /// <summary>Runs the model.</summary>
    /// <param name="request">What to run on what.</param>
    /// <param name="cancellationToken">Stops the run.</param>
    /// <returns>The outputs; the caller disposes them.</returns>
    [Idempotent]
    Task<ModelAnswer> InferAsync(ModelRequest request, CancellationToken cancellationToken);

    /// <summary>Whether it takes requests.</summary>
    /// <param name="version">The version, or null.</param>
    /// <param name="cancellationToken">Ends it.</param>
    [Idempotent]
    Task<bool> IsReadyAsync(string? version, CancellationToken cancellationToken);

    /// <summary>What it takes and gives.</summary>
    /// <param name="version">The version, or null.</param>
    /// <param name="cancellationToken">Ends it.</param>
    [Idempotent]
    Task<ModelDescription> DescribeAsync(string? version, CancellationToken cancellationToken);

    /// <summary>How it is served: a ModelConfig as JSON.</summary>
    /// <param name="version">The version, or null.</param>
    /// <param name="cancellationToken">Ends it.</param>
    [Idempotent]
    Task<string> GetConfigAsync(string? version, CancellationToken cancellationToken);

    /// <summary>What this replica has done, for each version.</summary>
    /// <param name="version">The version, or null for all.</param>
    /// <param name="cancellationToken">Ends it.</param>
    [Idempotent]
    Task<IReadOnlyList<InferenceStatistics>> GetStatisticsAsync(string? version, CancellationToken cancellationToken);
}

/// <summary>A request to a model.</summary>
public sealed record ModelRequest
{
    /// <summary>The version, or null.</summary>
    public string? Version { get; init; }

    /// <summary>The inputs; they stay the caller's.</summary>
    public required IReadOnlyList<KeyValuePair<string, TensorBuffer>> Inputs { get; init; }

    /// <summary>The outputs that are wanted; empty: all.</summary>
    public IReadOnlyList<string> Outputs { get; init; } = [];

    /// <summary>How urgent it is: 1 the most; 0: as the model says.</summary>
    public long Priority { get; init; }

    /// <summary>How long it may wait for its turn, in microseconds; 0: as the model says.</summary>
    public long TimeoutMicroseconds { get; init; }
}

/// <summary>What a model gave.</summary>
/// <param name="Version">The version that was run.</param>
/// <param name="Outputs">The outputs; whoever has the answer owns them.</param>
public sealed record ModelAnswer(string Version, IReadOnlyList<KeyValuePair<string, TensorBuffer>> Outputs) : IDisposable
{
    /// <summary>Gives the outputs' memory back.</summary>
    public void Dispose()
    {
        foreach (var (_, tensor) in Outputs)
            tensor.Dispose();
    }
}
