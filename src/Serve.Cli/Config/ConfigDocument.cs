using System.Text.Json.Nodes;
using Serve.Server.Node;
using Serve.Specs;
using Serve.Specs.Parsing;

namespace Serve.Cli.Config;

/// <summary>A document that the user wrote: read strictly, with the paths of its programs made absolute.</summary>
internal static class ConfigDocument
{
    public static bool IsDocument(string path) => Path.GetExtension(path).ToLowerInvariant() is ".yaml" or ".yml" or ".json";

    /// <param name="path">The document.</param>
    /// <param name="warn">Told what is accepted although not as it was perhaps meant.</param>
    /// <exception cref="CommandException">The document can't be read or is wrong; all errors are listed.</exception>
    public static ServeConfig Read(string path, Action<string> warn)
    {
        if (!File.Exists(path))
            throw new CommandException(ExitCode.Usage, $"There is no document '{path}'.");
        using var text = File.OpenText(path);
        var document = YamlReader.Read(path, text);
        var (config, errors, warnings) = SpecValidator.Read(document);
        foreach (var warning in warnings)
            warn($"{path}: {warning}");
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        config = config with
        {
            HttpOptions = config.HttpOptions with { SslCertFile = FileIn(folder, config.HttpOptions.SslCertFile), SslKeyFile = FileIn(folder, config.HttpOptions.SslKeyFile) },
            Applications = [.. config.Applications.Select(application => Resolve(folder, application))],
        };
        var all = SpecError.InReadingOrder(errors.Concat(MissingPrograms(config, document)).Concat(MissingFolders(config, document)));
        return all.Count == 0
            ? config
            : throw new CommandException(ExitCode.Usage, $"{path} has {all.Count} {(all.Count == 1 ? "error" : "errors")}; nothing was changed.", [.. all.Select(error => error.ToString())]);
    }

    /// <summary>The document for a single program.</summary>
    /// <exception cref="CommandException">There is no such program, or the options are wrong.</exception>
    public static ServeConfig OfProgram(string path, string name, string? routePrefix)
    {
        var application = new JsonObject { ["name"] = name, ["route_prefix"] = routePrefix, ["import_path"] = Path.GetFullPath(path) };
        if (ModelPaths.AreModels(path))
            (application["import_path"], application["args"]) = (BuiltinPrograms.ModelServer, ModelPaths.ArgsOf(path));
        else if (!File.Exists(path) && !Directory.Exists(path))
            throw new CommandException(ExitCode.Usage, $"There is no document, project, program or model '{path}'.");
        var document = new JsonObject { ["applications"] = new JsonArray(application) };
        var (config, errors) = SpecValidator.Read(ConfigNode.FromJson(System.Text.Json.JsonSerializer.SerializeToElement(document)));
        return errors.Count == 0 ? config : throw new CommandException(ExitCode.Usage, "The options are wrong.", [.. errors.Select(error => error.ToString())]);
    }

    private static ApplicationSpec Resolve(string folder, ApplicationSpec application)
    {
        var workingDir = FileIn(folder, application.RuntimeEnv.WorkingPath is "" ? null : application.RuntimeEnv.WorkingPath);
        // In a .zip nobody can look before the node has unpacked it.
        var importPath = workingDir is not null && !Directory.Exists(workingDir) ? application.ImportPath : Resolve(workingDir ?? folder, application.ImportPath);
        // Those of a working_dir are the program's own business, which runs there.
        var args = workingDir is null && BuiltinPrograms.IsOne(importPath) ? ModelPaths.Resolve(folder, application.Args) : application.Args;
        return application with { ImportPath = importPath, Args = args, RuntimeEnv = application.RuntimeEnv with { WorkingDir = workingDir } };
    }

    private static string? FileIn(string folder, string? path) => path is null || path.Contains("://", StringComparison.Ordinal) ? path : Path.GetFullPath(path, folder);

    private static string Resolve(string folder, string importPath) =>
        importPath.Length == 0 || BuiltinPrograms.IsOne(importPath) ? importPath : Path.GetFullPath(importPath, folder);

    private static IEnumerable<SpecError> MissingPrograms(ServeConfig config, ConfigNode document) =>
        from pair in config.Applications.Select((application, index) => (Program: application.ImportPath, Path: $"applications[{index}].import_path"))
        let wrong = WhatIsWrong(pair.Program)
        where wrong is not null
        select new SpecError(pair.Path, wrong, ConfigPath.Locate(document, pair.Path));

    private static string? WhatIsWrong(string program)
    {
        if (BuiltinPrograms.IsOne(program))
            return BuiltinPrograms.WhatIsWrong(program);
        return Path.IsPathFullyQualified(program) && !File.Exists(program) && !Directory.Exists(program) ? $"there is no program at '{program}'." : null;
    }

    private static IEnumerable<SpecError> MissingFolders(ServeConfig config, ConfigNode document) =>
        from pair in config.Applications.Select((application, index) => (Folder: application.RuntimeEnv.WorkingDir, Path: $"applications[{index}].runtime_env.working_dir"))
        where pair.Folder is not null && !pair.Folder.Contains("://", StringComparison.Ordinal) && !File.Exists(pair.Folder) && !Directory.Exists(pair.Folder)
        select new SpecError(pair.Path, $"there is no folder and no .zip at '{pair.Folder}'.", ConfigPath.Locate(document, pair.Path));
}
