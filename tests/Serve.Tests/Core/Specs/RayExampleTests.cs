using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Serve.Cli.Config;
using Serve.Specs;
using Serve.Specs.Autoscaling;
using Serve.Specs.Parsing;
using Serve.Testing;

namespace Serve.Tests.Core.Specs;

/// <summary>
/// Documents of the kind that Ray Serve's own examples use, with only the import path changed, and beside each what it comes to here: what is refused or ignored,
/// and how many replicas with which bounds, limits and logs each deployment gets that it names.
/// </summary>
public sealed class RayExampleTests
{
    private const string Folder = "tests/Serve.Tests/Core/Specs/RayExamples";

    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static TheoryData<string> Examples => [.. Directory.EnumerateFiles(Repository.PathOf(Folder), "*.yaml").Select(path => Path.GetFileNameWithoutExtension(path)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Examples))]
    public void Read_ExampleOfRay_ComesToTheSame(string name)
    {
        using var text = File.OpenText(Repository.PathOf(Folder, name + ".yaml"));
        var reading = SpecValidator.Read(YamlReader.Read(name, text));
        var result = new JsonObject { ["errors"] = Lines(reading.Errors), ["warnings"] = Lines(reading.Warnings) };
        if (reading.Errors.Count == 0)
            result["applications"] = new JsonObject(reading.Value.Applications.Select(application => KeyValuePair.Create(application.Name, (JsonNode?)Describe(application, reading.Value))));
        Baseline.WhatDiffers($"{Folder}/{name}.json", result.ToJsonString(Readable).ReplaceLineEndings("\n") + "\n").ShouldBeNull();
    }

    private static JsonObject Describe(ApplicationSpec application, ServeConfig config) =>
        new(application.Deployments.Select(options => KeyValuePair.Create(options.Name, (JsonNode?)Describe(application, options, config))));

    private static JsonObject Describe(ApplicationSpec application, DeploymentOptions options, ServeConfig config)
    {
        var spec = DeploymentSpec.Resolve(options.Name, options);
        var capacity = TargetCapacity.Whole.Next(config.TargetCapacity, isSameSet: false);
        var described = new JsonObject { ["replicas"] = spec.ReplicasAt(capacity, DateTimeOffset.UnixEpoch) };
        if (spec.Autoscaling is { } bounds)
        {
            var (min, max) = bounds.At(capacity, DateTimeOffset.UnixEpoch);
            described["between"] = new JsonArray(min, max);
            described["target_ongoing_requests"] = bounds.TargetOngoingRequests;
            described["delays_s"] = new JsonArray(bounds.UpscaleDelay.TotalSeconds, bounds.DownscaleDelay.TotalSeconds);
            described["factors"] = new JsonArray(bounds.UpscalingFactor, bounds.DownscalingFactor);
        }

        if ((spec.Logging ?? application.Logging ?? config.Logging) is { } logging)
            described["logging"] = $"{logging.Encoding} {logging.LogLevel}{(logging.EnableAccessLog ? ", access log" : "")}";
        described["keys"] = ConfigWriter.Write(options);
        return described;
    }

    private static JsonArray Lines(IEnumerable<SpecError> errors) => [.. errors.Select(error => (JsonNode?)error.ToString())];
}
