using Microsoft.Extensions.Logging;

namespace Serve.Onnx.Repository;

/// <summary>What a repository tells its operator.</summary>
internal sealed partial class ModelRepositoryLog(ILogger logger)
{
    public void Loaded(LoadedModel model)
    {
        foreach (var (group, engine) in model.Instances)
        {
            Loaded(model.Name, model.Version, group.Count, engine.Device, model.LoadTime.TotalSeconds, engine.MemoryBytes);
            if (engine.Fallback is { } reason)
                FellBack(model.Name, model.Version, group.Device, reason);
        }
    }

    [LoggerMessage(7001, LogLevel.Information, "Model {Model} version {Version} is ready: {Instances} instance(s) on {Device}, loaded in {Seconds:0.000} s, {Bytes} bytes.")]
    private partial void Loaded(string model, long version, int instances, OnnxDevice device, double seconds, long bytes);

    [LoggerMessage(7002, LogLevel.Warning, "Model {Model} version {Version} runs on the CPU, not on {Device}: {Reason}")]
    private partial void FellBack(string model, long version, OnnxDevice device, string reason);

    [LoggerMessage(7003, LogLevel.Error, "Model {Model} version {Version} could not be loaded: {Reason}")]
    public partial void Failed(string model, long? version, string reason);

    [LoggerMessage(7004, LogLevel.Information, "Model {Model} is unloaded.")]
    public partial void Unloaded(string model);

    [LoggerMessage(7006, LogLevel.Warning, "Model {Model} version {Version} can't be warmed up with zeros, and is served without; give it a model_warmup. {Reason}")]
    public partial void NotWarmedUp(string model, long version, string reason);

    [LoggerMessage(7005, LogLevel.Error, "The models at {Location} could not be looked through; what is loaded goes on.")]
    public partial void PollFailed(Exception exception, string location);
}
