using System.Text.Json.Nodes;
using Serve.OpenInference;
using Serve.Onnx;

namespace Serve.ModelServer.Args;

/// <summary>What the document's <c>args</c> say (<c>src/docs/model-server.md</c>).</summary>
internal sealed record ModelServerArgs
{
    /// <summary>The deployment that takes requests from outside.</summary>
    public const string Ingress = "ModelServer";

    /// <summary>The models that the ingress serves itself, or null for none.</summary>
    public ModelRepositoryOptions? Repository { get; init; }

    /// <summary>The models that are deployments, by name.</summary>
    public required IReadOnlyList<ModelArgs> Models { get; init; }

    /// <summary>How the protocol is spoken.</summary>
    public required OpenInferenceOptions Protocol { get; init; }

    /// <summary>What clients are told the server is called.</summary>
    public required string ServerName { get; init; }

    /// <exception cref="ServeArgsException">They can't be used; it says all that is wrong.</exception>
    public static ModelServerArgs Read(JsonObject values)
    {
        var problems = new List<string>();
        var reader = new ArgsReader(values, "args.", problems);
        var engine = EngineArgs.Read(reader, new EngineArgs());
        var args = new ModelServerArgs
        {
            Repository = ReadRepository(reader, engine),
            Models = [.. reader.Map("models").Select(model => ModelArgs.Read(model.Name, model.Reader, engine))],
            Protocol = ReadProtocol(reader),
            ServerName = reader.Text("server_name") ?? "serve",
        };
        reader.Finish();
        if (args.Models.Any(model => model.Name == Ingress))
            problems.Add($"args.models.{Ingress} can't be called so: that is the name of the deployment in front of the models; choose another.");
        if (problems.Count == 0 && args.Repository is null && args.Models.Count == 0)
            problems.Add("args names no model: give model_repository, the path of one model or of a folder of models, or models, a map of names to models with a path each.");
        return problems.Count == 0 ? args : throw new ServeArgsException(problems);
    }

    private static ModelRepositoryOptions? ReadRepository(ArgsReader reader, EngineArgs engine)
    {
        var location = reader.Text("model_repository");
        var control = reader.Choice("model_control", "none", "poll", "explicit");
        var interval = reader.Number("poll_interval_s", 0.1, 86_400);
        if (location is null)
        {
            foreach (var name in new[] { control is null ? null : "model_control", interval is null ? null : "poll_interval_s" }.OfType<string>())
                reader.Wrong(name, "it goes with a model_repository, and there is none");
            return null;
        }

        if (interval is not null && control != "poll")
            reader.Wrong("poll_interval_s", "it goes with model_control: poll");
        var options = engine.ToOptions(location) with
        {
            Control = control switch
            {
                "poll" => ModelControl.Poll,
                "explicit" => ModelControl.Explicit,
                _ => ModelControl.Fixed,
            },
        };
        return interval is { } seconds ? options with { PollInterval = TimeSpan.FromSeconds(seconds) } : options;
    }

    private static OpenInferenceOptions ReadProtocol(ArgsReader reader)
    {
        var usual = new OpenInferenceOptions();
        return new OpenInferenceOptions
        {
            TritonStrict = reader.Switch("triton_strict") ?? usual.TritonStrict,
            AlwaysRawOutputs = reader.Switch("always_raw_outputs") ?? usual.AlwaysRawOutputs,
            MaxRequestBytes = reader.Count("max_request_bytes", 1024, int.MaxValue) ?? usual.MaxRequestBytes,
        };
    }
}
