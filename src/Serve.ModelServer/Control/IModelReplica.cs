using Serve.OpenInference;

namespace Serve.ModelServer.Control;

/// <summary>A replica of the deployment in front, as the others of it see it: what a client asks of one has to happen on all.</summary>
public interface IModelReplica
{
    /// <summary>Loads a model on this replica.</summary>
    /// <param name="load">Which, and with what.</param>
    /// <param name="cancellationToken">Ends it.</param>
    Task LoadHereAsync(ModelLoad load, CancellationToken cancellationToken);

    /// <summary>Unloads a model on this replica.</summary>
    /// <param name="model">Its name.</param>
    /// <param name="cancellationToken">Ends it.</param>
    Task UnloadHereAsync(string model, CancellationToken cancellationToken);

    /// <summary>What models of the repository have done on this replica.</summary>
    /// <param name="model">The name of one, or null for all.</param>
    /// <param name="version">Its version, or null for all.</param>
    /// <param name="cancellationToken">Ends it.</param>
    Task<IReadOnlyList<InferenceStatistics>> GetStatisticsHereAsync(string? model, string? version, CancellationToken cancellationToken);

    /// <summary>What clients have had loaded and not unloaded, in this order: for a replica that starts later.</summary>
    /// <param name="cancellationToken">Ends it.</param>
    Task<IReadOnlyList<ModelLoad>> GetLoadsAsync(CancellationToken cancellationToken);
}
