using Serve.Onnx.Config;

namespace Serve.Onnx.Repository;

/// <summary>Brings one model to what lies on the disk. What serves goes on to serve until its successor is ready, and also if that one fails.</summary>
internal sealed class ModelUpdate(ModelLoader loader, ModelRepositoryLog log)
{
    /// <summary>Loads what is new, keeps what is the same, lets go of what the policy no longer wants.</summary>
    /// <param name="entry">The model.</param>
    /// <param name="folder">What lies on the disk.</param>
    /// <param name="config">The text of a configuration that takes the place of the folder's, or null.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>Why something could not be loaded; empty if all could.</returns>
    public async Task<IReadOnlyList<string>> RunAsync(ModelEntry entry, ModelFolder folder, string? config, CancellationToken cancellationToken)
    {
        string? text = null;
        ModelConfig declared;
        IReadOnlyList<long> wanted;
        try
        {
            text = config ?? folder.ReadConfig();
            declared = text is null ? new ModelConfig() : ModelConfigReader.Read(text, config is null ? folder.ConfigPath! : $"the configuration given for the model {folder.Name}");
            wanted = declared.Versions.Choose(folder.Versions.Keys);
            if (wanted.Count == 0)
                throw NothingToLoad(folder, declared);
        }
        catch (Exception exception) when (IsExpected(exception))
        {
            return FailAll(entry, folder, exception.Message);
        }

        var failures = new List<string>();
        var ready = new List<LoadedModel>();
        try
        {
            foreach (var version in wanted)
            {
                var identity = ModelLoader.IdentityOf(folder, version, text);
                if (entry.Find(version) is { } same && same.Identity == identity)
                    ready.Add(same);
                else if (await LoadAsync(entry, folder, version, declared, identity, failures, cancellationToken) is { } loaded)
                    ready.Add(loaded);
            }
        }
        catch (Exception exception)
        {
            foreach (var model in ready.Except(entry.Current))
                model.Lease.Abandon();
            entry.GiveUp(exception is OperationCanceledException ? "the load was cancelled" : exception.Message);
            throw;
        }

        var loadedNow = ready.Except(entry.Current).ToArray();
        Publish(entry, ready, failures.Count > 0);
        foreach (var model in loadedNow)
            log.Loaded(model);
        entry.ForgetOthers([.. folder.Versions.Keys]);
        return failures;
    }

    private static OnnxModelException NothingToLoad(ModelFolder folder, ModelConfig config) => new(
        folder.Versions.Count == 0
            ? $"The model '{folder.Name}' has no version in '{folder.Root}': put it into a folder that is a number, such as 1/{config.ModelFile}."
            : $"The model '{folder.Name}' has the versions {string.Join(", ", folder.Versions.Keys.Order())}, of which its 'version_policy' names none.");

    private static bool IsExpected(Exception exception) => exception is OnnxModelException or IOException or UnauthorizedAccessException;

    /// <summary>What serves goes on; what doesn't, says why.</summary>
    private List<string> FailAll(ModelEntry entry, ModelFolder folder, string reason)
    {
        log.Failed(folder.Name, version: null, reason);
        foreach (var version in folder.Versions.Keys.DefaultIfEmpty(ModelFolder.OnlyVersion))
            entry.Set(version, entry.Find(version) is null ? ModelState.Unavailable : ModelState.Ready, reason);
        return [reason];
    }

    private async Task<LoadedModel?> LoadAsync(
        ModelEntry entry, ModelFolder folder, long version, ModelConfig declared, string identity, List<string> failures, CancellationToken cancellationToken)
    {
        var before = entry.Find(version);
        if (before is null)
            entry.Set(version, ModelState.Loading);
        try
        {
            // Minutes of computing, for large models: not on a thread that has requests to answer.
            return await Task.Factory.StartNew(
                () => loader.Load(folder, version, declared, identity, () => entry.Freed(version), cancellationToken), cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        }
        catch (Exception exception) when (IsExpected(exception))
        {
            log.Failed(folder.Name, version, exception.Message);
            failures.Add(exception.Message);
            entry.Set(version, before is null ? ModelState.Unavailable : ModelState.Ready, exception.Message);
            return before;
        }
    }

    /// <summary>Where something failed, what has served goes on beside what is ready.</summary>
    private static void Publish(ModelEntry entry, List<LoadedModel> ready, bool hasFailures)
    {
        if (hasFailures)
            ready.AddRange(entry.Current.Where(old => ready.All(model => model.Version != old.Version)));
        entry.Publish(ready);
    }
}
