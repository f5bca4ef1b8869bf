using Serve.ModelServer.Control;
using Serve.OpenInference;

namespace Serve.Onnx.Tests.ModelServer;

/// <summary>A replica of the deployment in front, of which a test says what clients have had loaded on it.</summary>
internal sealed class OtherReplica(params ModelLoad[] loads) : IModelReplica
{
    public Exception? Failure { get; init; }

    public Task LoadHereAsync(ModelLoad load, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task UnloadHereAsync(string model, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task<IReadOnlyList<InferenceStatistics>> GetStatisticsHereAsync(string? model, string? version, CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<InferenceStatistics>>([]);

    public Task<IReadOnlyList<ModelLoad>> GetLoadsAsync(CancellationToken cancellationToken) => Failure is null ? Task.FromResult<IReadOnlyList<ModelLoad>>(loads) : Task.FromException<IReadOnlyList<ModelLoad>>(Failure);
}
