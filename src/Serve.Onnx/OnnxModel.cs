using Microsoft.ML.OnnxRuntime;
using Serve.Onnx.Engine;

namespace Serve.Onnx;

/// <summary>
/// An ONNX model, loaded and ready. Any number of threads may run it at once; <see cref="Dispose"/> refuses new runs and frees the model after the last one. Several objects
/// for one file with the same options share one session of ONNX Runtime, so that its weights are in memory once.
/// It takes and gives tensors; an output that is something else (a sequence, a map) is left out.
/// </summary>
public sealed class OnnxModel : IDisposable
{
    private readonly EngineSession _session;
    private readonly ModelLease _lease;
    private readonly string[] _outputNames;
    private readonly InputCheck _inputCheck;

    /// <summary>Loads a model file.</summary>
    /// <param name="path">The .onnx file; weights in files beside it are found by their relative paths.</param>
    /// <param name="options">How to load and run it.</param>
    /// <exception cref="OnnxModelException">
    /// The file is missing, isn't a model, needs operators or a device that are not there, or takes something else than tensors.
    /// </exception>
    public OnnxModel(string path, OnnxOptions? options = null)
    {
        Path = System.IO.Path.GetFullPath(path);
        var holding = SessionCache.Shared.Open(Path, options ?? new OnnxOptions());
        _session = holding.Session;
        _lease = new ModelLease(holding, $"model {Path}");
        _outputNames = Array.ConvertAll(_session.Outputs, output => output.Name);
        _inputCheck = new InputCheck(System.IO.Path.GetFileName(Path), _session.Inputs);
    }

    /// <summary>The full path of the model file.</summary>
    public string Path { get; }

    /// <summary>What the model takes.</summary>
    public IReadOnlyList<OnnxTensorInfo> Inputs => _session.Inputs;

    /// <summary>What the model gives.</summary>
    public IReadOnlyList<OnnxTensorInfo> Outputs => _session.Outputs;

    /// <summary>What the file says about itself.</summary>
    public OnnxFacts Facts => _session.Facts;

    /// <summary>What the model runs on.</summary>
    public OnnxDevice Device => _session.Device;

    /// <summary>Why it runs on the CPU though another device was asked for, or null.</summary>
    public string? Fallback => _session.Fallback;

    /// <summary>
    /// The memory of the model in bytes: what the process grew by while it was loaded, at least the size of its file. Not what runs need beside it, nor memory of a GPU.
    /// </summary>
    public long MemoryBytes => _session.MemoryBytes;

    /// <summary>What runs it, and others of the same file and options.</summary>
    internal EngineSession Session => _session;

    /// <summary>Runs the model. The inputs are read where they lie; the outputs are copied out once.</summary>
    /// <param name="inputs">One value for each of <see cref="Inputs"/>, in any order.</param>
    /// <param name="cancellationToken">Stops the run before its next operator.</param>
    /// <exception cref="OnnxInputException">An input is missing, unknown, given twice, or has another type or shape than the model's.</exception>
    /// <exception cref="OnnxModelException">The model failed.</exception>
    /// <exception cref="OperationCanceledException">The run was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    public OnnxOutputs Run(ReadOnlySpan<OnnxValue> inputs, CancellationToken cancellationToken = default)
    {
        using var shown = Show(inputs, cancellationToken);
        using var results = RunSession(shown, _outputNames, cancellationToken);
        var outputs = new OnnxValue[results.Count];
        for (var i = 0; i < outputs.Length; i++)
            outputs[i] = _session.Outputs[i].Element.Read(_outputNames[i], results[i]);
        return new OnnxOutputs(outputs);
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
        if (_session.Inputs.Length != 1)
            throw _inputCheck.Wrong($"was given one tensor; its inputs are {_inputCheck.DescribeAll()}.");
        return Run([OnnxValue.Create(_session.Inputs[0].Name, input)], cancellationToken)[0].As<TOutput>();
    }

    /// <summary>Runs the model and leaves the outputs where the engine wrote them: for servers, which only send them on.</summary>
    /// <param name="inputs">One value for each of <see cref="Inputs"/>, in any order.</param>
    /// <param name="outputs">The names of the outputs that are wanted, in this order; none: all. What only the others need is not computed.</param>
    /// <param name="cancellationToken">Stops the run before its next operator.</param>
    /// <returns>The outputs. Whoever gets them disposes them.</returns>
    /// <inheritdoc cref="Run(ReadOnlySpan{OnnxValue}, CancellationToken)" path="/exception"/>
    public OnnxTensors RunInPlace(ReadOnlySpan<OnnxValue> inputs, ReadOnlySpan<string> outputs = default, CancellationToken cancellationToken = default)
    {
        var wanted = outputs.IsEmpty ? _session.Outputs : FindOutputs(outputs);
        var names = outputs.IsEmpty ? _outputNames : outputs.ToArray();
        using var shown = Show(inputs, cancellationToken);
        var results = RunSession(shown, names, cancellationToken);
        var tensors = new KeyValuePair<string, TensorBuffer>[names.Length];
        var done = 0;
        try
        {
            for (; done < tensors.Length; done++)
                tensors[done] = new(names[done], wanted[done].Element.Lend(names[done], results[done], shown));
            return new OnnxTensors(tensors);
        }
        catch
        {
            foreach (var (_, tensor) in tensors.AsSpan(0, done))
                tensor.Dispose();
            foreach (var result in results.Skip(done))
                result.Dispose();
            throw;
        }
    }

    /// <summary>Runs the model as it will be run, before the first request comes.</summary>
    /// <param name="warmUp">What to give to it; null: zeros.</param>
    /// <param name="cancellationToken">Stops the run before its next operator.</param>
    /// <exception cref="OnnxModelException">The model doesn't take that, or fails.</exception>
    public void WarmUp(OnnxWarmUp? warmUp = null, CancellationToken cancellationToken = default) => WarmUpRunner.Run(this, warmUp ?? new OnnxWarmUp(), cancellationToken);

    /// <summary>Refuses new runs; the memory goes back when the last run is over.</summary>
    public void Dispose() => _lease.Abandon();

    private OnnxTensorInfo[] FindOutputs(ReadOnlySpan<string> names)
    {
        var found = new OnnxTensorInfo[names.Length];
        for (var i = 0; i < found.Length; i++)
        {
            var name = names[i];
            found[i] = Array.Find(_session.Outputs, output => output.Name == name)
                ?? throw _inputCheck.Wrong($"has no output '{name}'; its outputs are {InputCheck.Describe(_session.Outputs)}.");
            if (names[..i].Contains(name))
                throw _inputCheck.Wrong($"was asked for output '{name}' twice.");
        }

        return found;
    }

    private RunInputs Show(ReadOnlySpan<OnnxValue> inputs, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _inputCheck.Check(inputs);
        try
        {
            return new RunInputs(inputs, _lease);
        }
        catch (OnnxRuntimeException exception)
        {
            throw Failed(exception);
        }
    }

    private IDisposableReadOnlyCollection<OrtValue> RunSession(RunInputs inputs, string[] outputs, CancellationToken cancellationToken)
    {
        try
        {
            return _session.Run(inputs.Names, inputs.Values, outputs, cancellationToken);
        }
        catch (OnnxRuntimeException exception)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw Failed(exception);
        }
    }

    private OnnxModelException Failed(OnnxRuntimeException exception) => new($"The model '{Path}' failed: {exception.Message}", exception);
}
