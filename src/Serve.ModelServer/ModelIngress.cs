using System.Collections.Frozen;
using System.Reflection;
using System.Text.Json.Nodes;
using Serve.ModelServer.Args;
using Serve.ModelServer.Control;
using Serve.ModelServer.Models;
using Serve.OpenInference;

namespace Serve.ModelServer;

/// <summary>The deployment in front: speaks the protocol, serves the models of its repository itself, and calls those that are deployments.</summary>
[Deployment(ModelServerArgs.Ingress)]
internal sealed class ModelIngress : IIngress, IInferenceServer, IModelReplica, IInitialize, IAsyncDisposable
{
    private readonly ModelServerArgs _args;
    private readonly FrozenDictionary<string, RemoteModel> _remote;
    private readonly ReplicaContext _replica;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger<ModelIngress> _logger;
    private readonly DeploymentHandle<IModelReplica> _replicas;
    private readonly ControlBook _book;
    private HostedModels? _local;

    public ModelIngress(ModelServerArgs args, IDeploymentHandles handles, ReplicaContext replica, TimeProvider timeProvider, ILogger<ModelIngress> logger)
    {
        _args = args;
        _replica = replica;
        _timeProvider = timeProvider;
        _logger = logger;
        _remote = args.Models.ToFrozenDictionary(static model => model.Name, model => new RemoteModel(model.Name, handles.Get<IModel>(model.Name), timeProvider), StringComparer.Ordinal);
        _replicas = handles.Get<IModelReplica>(ModelServerArgs.Ingress);
        _book = new ControlBook(_replicas, LoadNowAsync, UnloadNowAsync, logger);
        Control = new ModelControls(_book, _remote, () => _local?.Repository);
        Server = new ServerDescription(args.ServerName, VersionOf(typeof(ModelIngress).Assembly)) { Extensions = ["schedule_policy"] };
    }

    public ServerDescription Server { get; }

    public IModelControl? Control { get; }

    public static void Map(IEndpointRouteBuilder endpoints) =>
        endpoints.MapOpenInference<ModelIngress>(endpoints.ServiceProvider.GetRequiredService<ModelServerArgs>().Protocol);

    public async Task InitializeAsync(CancellationToken cancellationToken)
    {
        if (_args.Repository is not { } options)
            return;
        _local = await HostedModels.OpenAsync(options, _replica, _timeProvider, _logger, cancellationToken);
        if (_local.Repository.Index().FirstOrDefault(line => _remote.ContainsKey(line.Name)) is { } twice)
            throw new InvalidOperationException($"The model '{twice.Name}' is both in the model_repository '{options.Location}' and among the models: rename one of them.");
        if (options.Control == Onnx.ModelControl.Fixed && _local.Failures() is { Count: > 0 } failures)
            throw new InvalidOperationException($"Models of '{options.Location}' can't be served. {string.Join(" ", failures)}");
        if (options.Control == Onnx.ModelControl.Explicit)
            await _book.CatchUpAsync(cancellationToken);
    }

    public async ValueTask<bool> IsReadyAsync(CancellationToken cancellationToken)
    {
        if (_local is not null && _args.Repository!.Control != Onnx.ModelControl.Explicit && !AreAllReady(_local))
            return false;
        var reasons = await Task.WhenAll(_remote.Values.Select(model => model.WhyUnavailableAsync(cancellationToken)));
        return Array.TrueForAll(reasons, static reason => reason is null);
    }

    public async ValueTask<bool> IsModelReadyAsync(string model, string? version, CancellationToken cancellationToken) =>
        _remote.TryGetValue(model, out var remote) ? await remote.IsReadyAsync(version, cancellationToken) : LocalOf(model).IsReady(model, version);

    public async ValueTask<ModelDescription> DescribeAsync(string model, string? version, CancellationToken cancellationToken) =>
        _remote.TryGetValue(model, out var remote) ? await remote.DescribeAsync(version, cancellationToken) : LocalOf(model).Describe(model, version);

    public async ValueTask<JsonObject> GetConfigAsync(string model, string? version, CancellationToken cancellationToken) =>
        _remote.TryGetValue(model, out var remote) ? await remote.GetConfigAsync(version, cancellationToken) : LocalOf(model).GetConfig(model, version);

    public async ValueTask<IReadOnlyList<InferenceStatistics>> GetStatisticsAsync(string? model, string? version, CancellationToken cancellationToken)
    {
        if (model is not null)
            return _remote.TryGetValue(model, out var remote) ? await remote.GetStatisticsAsync(version, cancellationToken) : await GetLocalStatisticsAsync(model, version, cancellationToken);
        var asked = _remote.Values.Select(one => one.GetStatisticsAsync(version: null, cancellationToken));
        var all = await Task.WhenAll((_local is null ? asked : asked.Append(GetLocalStatisticsAsync(model: null, version: null, cancellationToken))).Select(OrNothingAsync));
        return [.. all.SelectMany(static one => one).OrderBy(static one => one.Name, StringComparer.Ordinal)];
    }

    /// <summary>Those of the repository that are loaded, and all deployments: also one that sleeps takes requests.</summary>
    public ValueTask<IReadOnlyList<string>> GetModelNamesAsync(CancellationToken cancellationToken)
    {
        var local = _local?.Repository.Index(readyOnly: true).Select(static line => line.Name) ?? [];
        return new([.. local.Concat(_remote.Keys).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)]);
    }

    public async Task<InferenceResponse> InferAsync(InferenceRequest request, CancellationToken cancellationToken)
    {
        var own = RequestConversion.ToModel(request);
        var answer = _remote.TryGetValue(request.Model, out var remote)
            ? await remote.InferAsync(own, cancellationToken)
            : await LocalOf(request.Model).InferAsync(request.Model, own, cancellationToken);
        return RequestConversion.ToClient(request, answer);
    }

    Task IModelReplica.LoadHereAsync(ModelLoad load, CancellationToken cancellationToken) => _book.LoadHereAsync(load, cancellationToken);

    Task IModelReplica.UnloadHereAsync(string model, CancellationToken cancellationToken) => _book.UnloadHereAsync(model, cancellationToken);

    Task<IReadOnlyList<InferenceStatistics>> IModelReplica.GetStatisticsHereAsync(string? model, string? version, CancellationToken cancellationToken) =>
        Task.FromResult(LocalOf(model ?? "").GetStatistics(model, version));

    Task<IReadOnlyList<ModelLoad>> IModelReplica.GetLoadsAsync(CancellationToken cancellationToken) => Task.FromResult(_book.Loads);

    public async ValueTask DisposeAsync()
    {
        if (_local is not null)
            await _local.DisposeAsync();
        _book.Dispose();
    }

    private static bool AreAllReady(HostedModels models) =>
        models.Repository.Index().GroupBy(static line => line.Name, StringComparer.Ordinal).All(static model => model.Any(static line => line.State == Onnx.ModelState.Ready));

    /// <summary>One model's trouble is not that of the others.</summary>
    private static async Task<IReadOnlyList<InferenceStatistics>> OrNothingAsync(Task<IReadOnlyList<InferenceStatistics>> asked)
    {
        try
        {
            return await asked;
        }
        catch (ServeException)
        {
            return [];
        }
    }

    private static string VersionOf(Assembly assembly) => assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "";

    private HostedModels LocalOf(string model) => _local ?? throw new ServeException(
        ServeError.NoRoute, $"There is no model '{model}'; there {(_remote.Count == 1 ? "is" : "are")} {string.Join(", ", _remote.Keys.Order(StringComparer.Ordinal).Select(static name => $"'{name}'"))}.");

    /// <summary>Each replica in front has the models of the repository, and figures of its own.</summary>
    private async Task<IReadOnlyList<InferenceStatistics>> GetLocalStatisticsAsync(string? model, string? version, CancellationToken cancellationToken)
    {
        _ = LocalOf(model ?? "");
        return StatisticsSum.Of(await _replicas.BroadcastAsync(remote => remote.GetStatisticsHereAsync(model, version, cancellationToken)));
    }

    private Task LoadNowAsync(ModelLoad load, CancellationToken cancellationToken) =>
        LocalOf(load.Model).Repository.LoadAsync(load.Model, new Onnx.ModelReplacement { Config = load.Config, Files = load.Files }, cancellationToken);

    private Task UnloadNowAsync(string model, CancellationToken cancellationToken) => LocalOf(model).Repository.UnloadAsync(model, cancellationToken);
}
