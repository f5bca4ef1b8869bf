using Microsoft.ML.OnnxRuntime;
using Serve.Testing;
using Xunit.Abstractions;

namespace Serve.Onnx.Tests.NodeModels;

/// <summary>Runs ONNX's own models of single operators with their inputs and compares with the outputs that come with them.</summary>
public sealed class NodeModelTests(ITestOutputHelper output)
{
    [NodeModelsFact]
    public void Run_EachNodeModel_GivesItsOutputs()
    {
        var lines = new List<string>();
        var models = NodeTensors.Models();
        foreach (var folder in models)
        {
            if (WhyNot(folder) is { } reason)
                lines.Add($"{Path.GetFileName(folder)}: {reason}");
        }

        output.WriteLine($"{models.Length - lines.Count} of {models.Length} node models pass.");
        Baseline.WhatDiffers(
            "tests/Serve.Onnx.Tests/NodeModels/not-run.txt",
            $"Of ONNX's {models.Length} models of single operators {models.Length - lines.Count} pass; these don't, and why. Written by a test.\n\n{string.Join('\n', lines)}\n").ShouldBeNull();
    }

    private static string? WhyNot(string folder)
    {
        var tensors = new List<TensorBuffer>();
        if (NodeTensors.WhyUnsteady(Path.GetFileName(folder)) is { } reason)
            return reason;
        try
        {
            using var model = new OnnxModel(Path.Combine(folder, "model.onnx"));
            var data = Path.Combine(folder, "test_data_set_0");
            var expected = Directory.GetFiles(data, "output_*.pb");
            if (expected.Length != model.Outputs.Count)
                return $"gives {expected.Length - model.Outputs.Count} output(s) that are no tensors";
            foreach (var index in Enumerable.Range(0, model.Inputs.Count))
                tensors.Add(TensorFile.Read(Path.Combine(data, $"input_{index}.pb"), model.Inputs[index].DataType));
            using var outputs = model.RunInPlace([.. model.Inputs.Select((input, index) => OnnxValue.Create(input.Name, tensors[index]))]);
            for (var i = 0; i < outputs.Count; i++)
            {
                using var wanted = TensorFile.Read(Path.Combine(data, $"output_{i}.pb"), model.Outputs[i].DataType);
                if (NodeTensors.Difference(wanted, outputs[i].Value) is { } difference)
                    return $"'{outputs[i].Key}' {difference}";
            }

            return null;
        }
        catch (OnnxModelException exception)
        {
            return FirstLine((exception.InnerException as OnnxRuntimeException ?? (Exception)exception).Message.Replace(folder, "…", StringComparison.Ordinal));
        }
        catch (OnnxInputException exception)
        {
            return FirstLine(exception.Message);
        }
        finally
        {
            foreach (var tensor in tensors)
                tensor.Dispose();
        }
    }

    private static string FirstLine(string message)
    {
        var line = message.Split('\n')[0];
        return line.Length > 200 ? line[..200] + "…" : line;
    }
}
