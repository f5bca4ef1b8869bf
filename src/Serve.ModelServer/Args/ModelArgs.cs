using Serve.Onnx;
using Serve.Onnx.Config;

namespace Serve.ModelServer.Args;

/// <summary>A model with a deployment of its own, an entry of <c>models</c>.</summary>
internal sealed record ModelArgs
{
    private const int Sha256Length = 64;

    /// <summary>The name of the model and of its deployment.</summary>
    public required string Name { get; init; }

    /// <summary><c>path</c>: where it lies.</summary>
    public required string Path { get; init; }

    /// <summary><c>sha256</c>: what its file must hash to, or null.</summary>
    public string? Sha256 { get; init; }

    /// <summary><c>config</c>: what would stand in a <c>config.pbtxt</c>, as JSON, or null for the model's own.</summary>
    public string? Config { get; init; }

    /// <summary>How it is run where its configuration says nothing.</summary>
    public required EngineArgs Engine { get; init; }

    /// <summary>How many requests one replica takes: what its instances can have in batches, twice.</summary>
    public required int MaxOngoingRequests { get; init; }

    public static ModelArgs Read(string name, ArgsReader reader, EngineArgs usual)
    {
        var engine = EngineArgs.Read(reader, usual);
        var config = reader.Object("config")?.ToJsonString();
        var model = new ModelArgs
        {
            Name = name,
            Path = reader.Text("path") ?? Missing(reader),
            Sha256 = ReadHash(reader),
            Config = config,
            Engine = engine,
            MaxOngoingRequests = RoomFor(config is null ? null : Parse(reader, config, name), engine),
        };
        reader.Finish();
        return model;
    }

    /// <summary>The repository of the one model.</summary>
    public ModelRepositoryOptions ToOptions() => Engine.ToOptions(Path) with { ModelName = Name, ModelConfig = Config, Sha256 = Sha256 };

    private static string Missing(ArgsReader reader)
    {
        reader.Wrong("path", "it must be an .onnx file or the folder of a model, as a path, or with file://, http:// or https://");
        return "";
    }

    private static string? ReadHash(ArgsReader reader)
    {
        var hash = reader.Text("sha256");
        if (hash is not null && (hash.Length != Sha256Length || !hash.All(char.IsAsciiHexDigit)))
            reader.Wrong("sha256", $"it must be {Sha256Length} hexadecimal digits");
        return hash;
    }

    private static ModelConfig? Parse(ArgsReader reader, string config, string name)
    {
        try
        {
            return ModelConfig.Parse(config, $"config of {name}");
        }
        catch (OnnxModelException exception)
        {
            reader.Wrong("config", exception.Message.TrimEnd('.'));
            return null;
        }
    }

    private static int RoomFor(ModelConfig? config, EngineArgs engine)
    {
        const int Usual = 100;
        var instances = config?.Instances.Count > 0 ? config.Instances.Sum(group => group.Count) : engine.Instances;
        return (int)Math.Clamp(2L * instances * Math.Max(1, config?.MaxBatchSize ?? engine.BatchSize), Usual, 100_000);
    }
}
