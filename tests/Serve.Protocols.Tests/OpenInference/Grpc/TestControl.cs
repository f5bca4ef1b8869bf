using Serve.OpenInference;

namespace Serve.Protocols.Tests.OpenInference.Grpc;

/// <summary>Writes down what clients want to be loaded.</summary>
internal sealed class TestControl : IModelControl
{
    public List<string> Calls { get; } = [];

    public ValueTask<IReadOnlyList<ModelIndexLine>> GetIndexAsync(bool readyOnly, CancellationToken cancellationToken) => ValueTask.FromResult<IReadOnlyList<ModelIndexLine>>(
        readyOnly ? [new("a", "1", "READY", "")] : [new("a", "1", "READY", ""), new("b", "", "UNAVAILABLE", "broken")]);

    public Task LoadAsync(ModelLoad load, CancellationToken cancellationToken)
    {
        Calls.Add($"load {load.Model} {load.Config} {string.Join(',', load.Files.Select(file => $"{file.Key}:{file.Value.Length}"))}");
        return Task.CompletedTask;
    }

    public Task UnloadAsync(string model, CancellationToken cancellationToken)
    {
        Calls.Add($"unload {model}");
        return Task.CompletedTask;
    }
}
