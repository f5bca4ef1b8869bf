using Google.Protobuf.Reflection;

namespace Serve.Grpc;

/// <summary>Finds the .proto files behind services, by their name and by what is in them.</summary>
internal sealed class DescriptorIndex
{
    private readonly Dictionary<string, FileDescriptor> _byName = new(StringComparer.Ordinal);
    private readonly Dictionary<string, FileDescriptor> _bySymbol = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SortedDictionary<int, FileDescriptor>> _extensions = new(StringComparer.Ordinal);

    public DescriptorIndex(IEnumerable<ServiceDescriptor> services)
    {
        foreach (var service in services)
            Add(service.File);
    }

    public FileDescriptor? FindFile(string name) => _byName.GetValueOrDefault(name);

    public FileDescriptor? FindSymbol(string name) => _bySymbol.GetValueOrDefault(name.TrimStart('.'));

    public FileDescriptor? FindExtension(string message, int number) => _extensions.GetValueOrDefault(message)?.GetValueOrDefault(number);

    /// <returns>The numbers of a message's extensions; null where there is no such message.</returns>
    public IEnumerable<int>? FindExtensions(string message) => _extensions.TryGetValue(message, out var numbers) ? numbers.Keys : _bySymbol.ContainsKey(message) ? [] : null;

    private void Add(FileDescriptor file)
    {
        if (!_byName.TryAdd(file.Name, file))
            return;
        foreach (var service in file.Services)
        {
            _bySymbol[service.FullName] = file;
            foreach (var method in service.Methods)
                _bySymbol[method.FullName] = file;
        }

        foreach (var message in file.MessageTypes)
            Add(message);
        foreach (var type in file.EnumTypes)
            Add(type);
        Add(file.Extensions, file);
        foreach (var dependency in file.Dependencies)
            Add(dependency);
    }

    private void Add(MessageDescriptor message)
    {
        _bySymbol[message.FullName] = message.File;
        foreach (var field in message.Fields.InDeclarationOrder())
            _bySymbol[field.FullName] = message.File;
        foreach (var oneof in message.Oneofs)
            _bySymbol[oneof.FullName] = message.File;
        foreach (var nested in message.NestedTypes)
            Add(nested);
        foreach (var type in message.EnumTypes)
            Add(type);
        Add(message.Extensions, message.File);
    }

    private void Add(EnumDescriptor type)
    {
        _bySymbol[type.FullName] = type.File;
        foreach (var value in type.Values)
            _bySymbol[value.FullName] = type.File;
    }

    private void Add(ExtensionCollection? extensions, FileDescriptor file)
    {
        foreach (var extension in extensions?.UnorderedExtensions ?? [])
        {
            _bySymbol[extension.FullName] = file;
            var message = extension.ExtendeeType.FullName;
            if (!_extensions.TryGetValue(message, out var numbers))
                _extensions[message] = numbers = [];
            numbers[extension.FieldNumber] = file;
        }
    }
}
