using Serve.Testing;

namespace Serve.Onnx.Tests.Repository;

/// <summary>A folder of models that a test fills.</summary>
internal sealed class RepositoryFixture : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private ModelRepository? _repository;

    public string Root => _folder.Path;

    public ManualTimeProvider Clock { get; } = new();

    public ModelRepository Repository => _repository ?? throw new InvalidOperationException("Open it first.");

    public string PathOf(string relative) => Path.Combine(Root, relative);

    public void Put(string relative, string model)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(PathOf(relative))!);
        File.Copy(TestModels.PathOf(model), PathOf(relative), overwrite: true);
    }

    public void Write(string relative, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(PathOf(relative))!);
        File.WriteAllText(PathOf(relative), text);
    }

    public async Task<ModelRepository> OpenAsync(ModelControl control = ModelControl.Fixed, Func<ModelRepositoryOptions, ModelRepositoryOptions>? change = null)
    {
        var options = new ModelRepositoryOptions { Location = Root, Control = control };
        return _repository = await ModelRepository.OpenAsync(change?.Invoke(options) ?? options, Clock);
    }

    /// <summary>The index, a line for each version.</summary>
    public string Index() => string.Join("; ", Repository.Index().Select(entry => $"{entry.Name}:{entry.Version} {entry.State}{(entry.Reason.Length > 0 ? $" ({entry.Reason.Length} characters)" : "")}"));

    public async ValueTask DisposeAsync()
    {
        if (_repository is not null)
            await _repository.DisposeAsync();
        _folder.Dispose();
    }
}
