using System.Text.Json.Nodes;
using Serve.OpenInference;

namespace Serve.Protocols.Tests.OpenInference;

/// <summary>
/// Models without files. Every model gives its inputs back as outputs of their names; what else happens follows from its name, or from what a test puts into <see cref="OnInfer"/>.
/// </summary>
internal sealed class EchoServer : IInferenceServer, IModelControl
{
    public static readonly ModelDescription Labels = Describe("labels", [Input("scores", TensorDataType.Float32, -1, 4)], ["cat", "dog", "cow"]);

    private static readonly Dictionary<string, ModelDescription> Models = new[]
    {
        Describe("echo", [Input("x", TensorDataType.Float32, -1, -1)]),
        Describe("one", [Input("x", TensorDataType.Float32, -1, 2)]),
        Describe("bytes", [Input("x", TensorDataType.Bytes, 1)]),
        Describe("two", [Input("a", TensorDataType.Float32, 1), Input("b", TensorDataType.Float32, 1)]),
        Describe("text", [Input("text_input", TensorDataType.Bytes, -1, 1), Input("counts", TensorDataType.Int32, -1)]),
        Describe("asleep", []),
        Labels,
    }.ToDictionary(model => model.Name, StringComparer.Ordinal);

    /// <summary>What happens instead of an echo.</summary>
    public Func<InferenceRequest, CancellationToken, Task<InferenceResponse>>? OnInfer { get; set; }

    public bool IsReady { get; set; } = true;

    public bool HasControl { get; set; } = true;

    public InferenceRequest? Last { get; private set; }

    public ModelLoad? LastLoad { get; private set; }

    public ServerDescription Server { get; } = new("echo-server", "1.2") { Extensions = ["schedule_policy"] };

    public IModelControl? Control => HasControl ? this : null;

    public ValueTask<bool> IsReadyAsync(CancellationToken cancellationToken) => new(IsReady);

    public ValueTask<bool> IsModelReadyAsync(string model, string? version, CancellationToken cancellationToken) => new(Find(model, version).Name != "asleep");

    public ValueTask<ModelDescription> DescribeAsync(string model, string? version, CancellationToken cancellationToken) => new(Find(model, version));

    public ValueTask<JsonObject> GetConfigAsync(string model, string? version, CancellationToken cancellationToken) =>
        new(new JsonObject { ["name"] = Find(model, version).Name, ["max_batch_size"] = 4 });

    public ValueTask<IReadOnlyList<InferenceStatistics>> GetStatisticsAsync(string? model, string? version, CancellationToken cancellationToken)
    {
        IEnumerable<ModelDescription> asked = model is null ? Models.Values : [Find(model, version)];
        return new([.. asked.Select(one => new InferenceStatistics(one.Name, one.Version)
        {
            InferenceCount = 3,
            Success = new TimeSum(2, 5000),
            Batches = [new BatchFigures(2, new TimeSum(1, 10), new TimeSum(1, 20), new TimeSum(1, 30))],
            Memory = [new MemoryFigure("CPU", 0, 4096)],
        })]);
    }

    public Task<InferenceResponse> InferAsync(InferenceRequest request, CancellationToken cancellationToken)
    {
        Last = request;
        var model = Find(request.Model, request.Version);
        return model.Name == "asleep"
            ? throw new ServeException(ServeError.Unavailable, "The model 'asleep' is not loaded.")
            : OnInfer?.Invoke(request, cancellationToken) ?? Task.FromResult(Echo(request));
    }

    public static InferenceResponse Echo(InferenceRequest request)
    {
        var wanted = request.Outputs.Count > 0 ? request.Outputs.Select(output => output.Name) : request.Inputs.Select(input => input.Name);
        var inputs = request.Inputs.ToDictionary(input => input.Name, input => input.Tensor, StringComparer.Ordinal);
        var unknown = wanted.FirstOrDefault(name => !inputs.ContainsKey(name));
        if (unknown is not null)
            throw new ServeException(ServeError.BadRequest, $"The model has no output '{unknown}'.");
        return new InferenceResponse { Model = request.Model, Version = "1", Outputs = [.. wanted.Select(name => new InferenceOutput(name, inputs[name].Share()))] };
    }

    public ValueTask<IReadOnlyList<ModelIndexLine>> GetIndexAsync(bool readyOnly, CancellationToken cancellationToken) => new(
        readyOnly ? [new("echo", "1", "READY", "")] : [new("echo", "1", "READY", ""), new("asleep", "", "UNAVAILABLE", "unloaded")]);

    public Task LoadAsync(ModelLoad load, CancellationToken cancellationToken)
    {
        LastLoad = load;
        return load.Model == "unknown" ? throw new ServeException(ServeError.NoRoute, "There is no model 'unknown'.") : Task.CompletedTask;
    }

    public Task UnloadAsync(string model, CancellationToken cancellationToken) => Task.CompletedTask;

    private static ModelDescription Find(string model, string? version) => Models.TryGetValue(model, out var found) && version is null or "1"
        ? found!
        : throw new ServeException(ServeError.NoRoute, $"There is no model '{model}'{(version is null ? "" : $" of version {version}")}.");

    private static TensorDescription Input(string name, TensorDataType type, params long[] shape) => new(name, type, shape);

    private static ModelDescription Describe(string name, TensorDescription[] inputs, string[]? labels = null) =>
        new(name, "1", ["1"], "test_echo", inputs, [.. inputs.Select(input => input with { Labels = labels ?? [] })]);
}
