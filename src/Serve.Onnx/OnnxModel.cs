using System.Buffers;
using Microsoft.ML.OnnxRuntime;

namespace Serve.Onnx;

/// <summary>
/// An ONNX model, loaded and ready. Any number of threads may run it at once; <see cref="Dispose"/> refuses new runs and frees the model after the last one.
/// It takes and gives tensors of numbers; an output that is something else (strings, a sequence, a map) is left out.
/// </summary>
public sealed class OnnxModel : IDisposable
{
    private readonly InferenceSession _session;
    private readonly ModelLease _lease;
    private readonly OnnxTensorInfo[] _inputs;
    private readonly OnnxTensorInfo[] _outputs;
    private readonly string[] _outputNames;
    private readonly InputCheck _inputCheck;

    /// <summary>Loads a model file.</summary>
    /// <param name="path">The .onnx file; weights in files beside it are found by their relative paths.</param>
    /// <param name="options">How to load and run it.</param>
    /// <exception cref="OnnxModelException">
    /// The file is missing, isn't a model, needs operators that are not there, or takes something else than tensors of numbers.
    /// </exception>
    public OnnxModel(string path, OnnxOptions? options = null)
    {
        Path = System.IO.Path.GetFullPath(path);
        _session = SessionLoader.Load(Path, options ?? new OnnxOptions());
        _lease = new ModelLease(_session, $"model {Path}");
        try
        {
            _inputs = [.. _session.InputNames.Select(DescribeInput)];
            _outputs = [.. _session.OutputNames.Select(name => TryDescribe(name, _session.OutputMetadata[name])).OfType<OnnxTensorInfo>()];
        }
        catch
        {
            Dispose();
            throw;
        }

        _outputNames = Array.ConvertAll(_outputs, output => output.Name);
        _inputCheck = new InputCheck(System.IO.Path.GetFileName(Path), _inputs);
    }

    /// <summary>The full path of the model file.</summary>
    public string Path { get; }

    /// <summary>What the model takes.</summary>
    public IReadOnlyList<OnnxTensorInfo> Inputs => _inputs;

    /// <summary>What the model gives.</summary>
    public IReadOnlyList<OnnxTensorInfo> Outputs => _outputs;

    /// <summary>Runs the model. The inputs are read where they lie; the outputs are copied out once.</summary>
    /// <param name="inputs">One value for each of <see cref="Inputs"/>, in any order.</param>
    /// <param name="cancellationToken">Stops the run before its next operator.</param>
    /// <exception cref="OnnxInputException">An input is missing, unknown, given twice, or has another type or shape than the model's.</exception>
    /// <exception cref="OnnxModelException">The model failed.</exception>
    /// <exception cref="OperationCanceledException">The run was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    public OnnxOutputs Run(ReadOnlySpan<OnnxValue> inputs, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _inputCheck.Check(inputs);
        _lease.Acquire();
        var pins = new MemoryHandle[inputs.Length];
        var values = new OrtValue[inputs.Length];
        try
        {
            var names = new string[inputs.Length];
            for (var i = 0; i < inputs.Length; i++)
            {
                names[i] = inputs[i].Name;
                values[i] = inputs[i].Pin(out pins[i]);
            }

            return RunSession(names, values, cancellationToken);
        }
        catch (OnnxRuntimeException exception)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw new OnnxModelException($"The model '{Path}' failed: {exception.Message}", exception);
        }
        finally
        {
            foreach (var value in values)
                value?.Dispose();
            foreach (var pin in pins)
                pin.Dispose();
            _lease.Release();
        }
    }

    /// <summary>Runs a model that has one input, and takes its first output.</summary>
    /// <typeparam name="TInput">The type of the input's elements.</typeparam>
    /// <typeparam name="TOutput">The type of the output's elements.</typeparam>
    /// <param name="input">The model's only input.</param>
    /// <param name="cancellationToken">Stops the run before its next operator.</param>
    /// <inheritdoc cref="Run(ReadOnlySpan{OnnxValue}, CancellationToken)" path="/exception"/>
    public Tensor<TOutput> Run<TInput, TOutput>(Tensor<TInput> input, CancellationToken cancellationToken = default)
        where TInput : unmanaged
        where TOutput : unmanaged
    {
        if (_inputs.Length != 1)
            throw _inputCheck.Wrong($"was given one tensor; its inputs are {_inputCheck.DescribeAll()}.");
        return Run([OnnxValue.Create(_inputs[0].Name, input)], cancellationToken)[0].As<TOutput>();
    }

    /// <summary>Refuses new runs; the memory goes back when the last run is over.</summary>
    public void Dispose() => _lease.Abandon();

    private static OnnxTensorInfo? TryDescribe(string name, NodeMetadata metadata) =>
        metadata.IsTensor && TensorElement.Find(metadata.ElementDataType) is { } element ? new(name, element, metadata.Dimensions) : null;

    private OnnxTensorInfo DescribeInput(string name) =>
        TryDescribe(name, _session.InputMetadata[name])
        ?? throw new OnnxModelException($"The model '{Path}' takes '{name}', which is not a tensor of numbers ({_session.InputMetadata[name].OnnxValueType}).");

    private OnnxOutputs RunSession(string[] names, OrtValue[] values, CancellationToken cancellationToken)
    {
        using var runOptions = new RunOptions();
        using var registration = cancellationToken.UnsafeRegister(static options => ((RunOptions)options!).Terminate = true, runOptions);
        using var results = _session.Run(runOptions, names, values, _outputNames);
        var outputs = new OnnxValue[_outputs.Length];
        for (var i = 0; i < outputs.Length; i++)
            outputs[i] = _outputs[i].Element.Read(_outputNames[i], results[i]);
        return new OnnxOutputs(outputs);
    }
}
