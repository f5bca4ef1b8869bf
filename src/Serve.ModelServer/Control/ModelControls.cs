using System.Globalization;
using Serve.ModelServer.Models;
using Serve.Onnx;
using Serve.OpenInference;

namespace Serve.ModelServer.Control;

/// <summary>The index of all models, and loads and unloads of those in the repository; a model that is a deployment comes and goes with the document.</summary>
internal sealed class ModelControls(ControlBook book, IReadOnlyDictionary<string, RemoteModel> remote, Func<ModelRepository?> repository) : IModelControl
{
    public async ValueTask<IReadOnlyList<ModelIndexLine>> GetIndexAsync(bool readyOnly, CancellationToken cancellationToken)
    {
        var local = (repository()?.Index(readyOnly) ?? []).Select(static line => new ModelIndexLine(
            line.Name, line.Version?.ToString(CultureInfo.InvariantCulture) ?? "", line.State?.ToString().ToUpperInvariant() ?? "", line.Reason));
        var deployed = await Task.WhenAll(remote.Values.Select(model => model.GetIndexLineAsync(cancellationToken)));
        return [.. local.Concat(deployed.Where(line => !readyOnly || line.State == "READY")).OrderBy(static line => line.Name, StringComparer.Ordinal)];
    }

    public Task LoadAsync(ModelLoad load, CancellationToken cancellationToken)
    {
        Check(load.Model);
        return book.LoadAsync(load, cancellationToken);
    }

    public Task UnloadAsync(string model, CancellationToken cancellationToken)
    {
        Check(model);
        return book.UnloadAsync(model, cancellationToken);
    }

    private void Check(string model)
    {
        if (remote.ContainsKey(model))
            throw new DeploymentUnavailableException($"The model '{model}' is a deployment of its own, which can't be loaded and unloaded by clients: change its entry in 'models' and deploy the document again.");
        if (repository() is null)
            throw new DeploymentUnavailableException("Models can't be loaded and unloaded: there is no model_repository. Give one in the args, with model_control: explicit.");
    }
}
