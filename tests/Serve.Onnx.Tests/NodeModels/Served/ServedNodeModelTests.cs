using System.Diagnostics;
using Serve.Testing;
using Xunit.Abstractions;

namespace Serve.Onnx.Tests.NodeModels.Served;

/// <summary>
/// ONNX's own models of single operators, served: each is sent to the model server by a client, asked in the four forms in which the protocol carries tensors, compared, and unloaded.
/// </summary>
[Collection(AloneCollection.Name)]
public sealed class ServedNodeModelTests(ITestOutputHelper output)
{
    [NodeModelsFact]
    public async Task Infer_EachNodeModelInEachEncoding_GivesItsOutputs()
    {
        var began = Stopwatch.GetTimestamp();
        await using var server = await ServedModels.StartAsync();
        ITensorEncoding[] encodings = [new JsonEncoding(server.Rest), new BinaryEncoding(server.Rest), new GrpcEncoding(server.Grpc, isRaw: false), new GrpcEncoding(server.Grpc, isRaw: true)];
        var models = NodeTensors.Models();
        var passed = new int[encodings.Length];
        var lines = new List<string>();
        foreach (var folder in models)
        {
            var reasons = await AskAsync(server, folder, encodings);
            for (var i = 0; i < reasons.Length; i++)
                passed[i] += reasons[i] is null ? 1 : 0;
            lines.AddRange(Describe(Path.GetFileName(folder), encodings, reasons));
        }

        var counts = string.Join(", ", encodings.Select((encoding, i) => $"{passed[i]} by {encoding.Name}"));
        output.WriteLine($"Of {models.Length}: {counts}; {Stopwatch.GetElapsedTime(began).TotalSeconds:0} s.");
        Baseline.WhatDiffers(
            "tests/Serve.Onnx.Tests/NodeModels/not-served.txt",
            $"Of ONNX's {models.Length} models of single operators these pass when they are served: {counts}. The others, and why; not-run.txt says more of those that don't load. Written by a test.\n\n{string.Join('\n', lines)}\n").ShouldBeNull();
    }

    /// <summary>A model's lines: one where all encodings have the same reason.</summary>
    private static IEnumerable<string> Describe(string name, ITensorEncoding[] encodings, string?[] reasons) => reasons
        .Select((reason, i) => (reason, encodings[i].Name))
        .Where(pair => pair.reason is not null)
        .GroupBy(pair => pair.reason!, pair => pair.Name)
        .Select(group => $"{name}{(group.Count() == encodings.Length ? "" : $" ({string.Join(", ", group)})")}: {group.Key}");

    private static async Task<string?[]> AskAsync(ServedModels server, string folder, ITensorEncoding[] encodings)
    {
        var name = Path.GetFileName(folder);
        var all = new string?[encodings.Length];
        if ((NodeTensors.WhyUnsteady(name) ?? await server.LoadAsync(name, Path.Combine(folder, "model.onnx"))) is { } hopeless)
        {
            Array.Fill(all, hopeless);
            return all;
        }

        var given = new List<NamedTensor>();
        var wanted = new List<NamedTensor>();
        try
        {
            var (inputs, outputs) = await server.DescribeAsync(name);
            var data = Path.Combine(folder, "test_data_set_0");
            if (Directory.GetFiles(data, "output_*.pb").Length != outputs.Count)
                throw new ServedException("gives outputs that are no tensors");
            given.AddRange(inputs.Select((input, i) => new NamedTensor(input.Name, TensorFile.Read(Path.Combine(data, $"input_{i}.pb"), input.Type))));
            wanted.AddRange(outputs.Select((output, i) => new NamedTensor(output.Name, TensorFile.Read(Path.Combine(data, $"output_{i}.pb"), output.Type))));
            for (var i = 0; i < encodings.Length; i++)
                all[i] = await WhyNotAsync(encodings[i], name, given, wanted);
        }
        catch (ServedException exception)
        {
            Array.Fill(all, exception.Message);
        }
        finally
        {
            foreach (var (_, tensor) in given.Concat(wanted))
                tensor.Dispose();
            await server.UnloadAsync(name);
        }

        return all;
    }

    private static async Task<string?> WhyNotAsync(ITensorEncoding encoding, string model, List<NamedTensor> given, List<NamedTensor> wanted)
    {
        if (given.Concat(wanted).Select(one => encoding.WhyNot(one.Tensor.DataType)).FirstOrDefault(reason => reason is not null) is { } reason)
            return reason;
        try
        {
            var outputs = await encoding.InferAsync(model, given);
            try
            {
                outputs.Select(one => one.Name).ShouldBe(wanted.Select(one => one.Name));
                return outputs.Zip(wanted).Select(pair => NodeTensors.Difference(pair.Second.Tensor, pair.First.Tensor) is { } difference ? $"'{pair.First.Name}' {difference}" : null)
                    .FirstOrDefault(difference => difference is not null);
            }
            finally
            {
                foreach (var (_, tensor) in outputs)
                    tensor.Dispose();
            }
        }
        catch (ServedException exception)
        {
            return ServedModels.Shorten(exception.Message);
        }
    }
}
