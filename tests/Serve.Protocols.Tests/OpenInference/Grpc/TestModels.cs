using System.Text.Json.Nodes;
using Serve.OpenInference;

namespace Serve.Protocols.Tests.OpenInference.Grpc;

/// <summary>Models for tests: one gives back what it gets, others wait or fail.</summary>
internal sealed class TestModels : IInferenceServer
{
    private readonly Dictionary<string, TaskCompletionSource> _gates = new(StringComparer.Ordinal);

    public ServerDescription Server { get; } = new("tests", "1.2.3") { Extensions = ["schedule_policy"] };

    public IModelControl? Control { get; init; }

    public bool IsReady { get; set; } = true;

    /// <summary>What <c>GetConfigAsync</c> answers.</summary>
    public string Config { get; init; } = "{}";

    /// <summary>Is done when the model <c>wait</c> was cancelled.</summary>
    public TaskCompletionSource Cancelled { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Is done when the model <c>wait</c> runs.</summary>
    public TaskCompletionSource Waiting { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The most requests that ran at once.</summary>
    public int MostRunning { get; private set; }

    private int _running;

    public ValueTask<bool> IsReadyAsync(CancellationToken cancellationToken) => ValueTask.FromResult(IsReady);

    public ValueTask<bool> IsModelReadyAsync(string model, string? version, CancellationToken cancellationToken) => ValueTask.FromResult(Known(model) != "loading");

    public ValueTask<ModelDescription> DescribeAsync(string model, string? version, CancellationToken cancellationToken) => ValueTask.FromResult(
        new ModelDescription(Known(model), version ?? "1", ["1", "2"], "test_test", [new("x", TensorDataType.Float32, [-1, 4])], [new("y", TensorDataType.Bytes, [-1]), new("scores", TensorDataType.Float32, [-1, 3]) { Labels = ["cat", "dog", "cow"] }])
        {
            Properties = new Dictionary<string, string> { ["owner"] = "me" },
        });

    public ValueTask<JsonObject> GetConfigAsync(string model, string? version, CancellationToken cancellationToken) => ValueTask.FromResult((JsonObject)JsonNode.Parse(Config)!);

    public ValueTask<IReadOnlyList<InferenceStatistics>> GetStatisticsAsync(string? model, string? version, CancellationToken cancellationToken) => ValueTask.FromResult<IReadOnlyList<InferenceStatistics>>(
    [
        new(model ?? "all", version ?? "1")
        {
            LastInference = 5, InferenceCount = 6, ExecutionCount = 7, Success = new(1, 10), Fail = new(2, 20), Queue = new(3, 30), ComputeInput = new(4, 40), ComputeInfer = new(5, 50), ComputeOutput = new(6, 60),
            Batches = [new(8, new(1, 2), new(3, 4), new(5, 6))], Memory = [new("CPU", 0, 1000)],
        },
    ]);

    public async Task<InferenceResponse> InferAsync(InferenceRequest request, CancellationToken cancellationToken)
    {
        lock (_gates)
            MostRunning = Math.Max(MostRunning, ++_running);
        try
        {
            switch (Known(request.Model))
            {
                case "wait":
                    await WaitAsync(cancellationToken);
                    break;
                case "gate":
                    await Gate(request.Id!).Task.WaitAsync(cancellationToken);
                    break;
                case "fails":
                    throw new InvalidOperationException("a secret of the model");
                case "full":
                    throw new BackPressureException("The line of model 'full' has no room.");
                default:
                    await Task.Yield();
                    break;
            }
        }
        finally
        {
            lock (_gates)
                _running--;
        }

        var wanted = request.Outputs.Select(output => output.Name).ToHashSet();
        var outputs = request.Inputs.Where(input => wanted.Count == 0 || wanted.Contains(input.Name)).Select(input => new InferenceOutput(input.Name, input.Tensor.Share()));
        return new InferenceResponse { Model = request.Model, Version = request.Version ?? "1", Parameters = request.Parameters, Outputs = [.. outputs] };
    }

    /// <summary>What a request to the model <c>gate</c> with this id waits for.</summary>
    public TaskCompletionSource Gate(string id)
    {
        lock (_gates)
        {
            if (!_gates.TryGetValue(id, out var gate))
                _gates[id] = gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return gate;
        }
    }

    private async Task WaitAsync(CancellationToken cancellationToken)
    {
        Waiting.TrySetResult();
        try
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            Cancelled.TrySetResult();
            throw;
        }
    }

    private static string Known(string model) => model == "unknown" ? throw new ServeException(ServeError.NoRoute, "There is no model 'unknown'.") : model;
}
