namespace Grpc.Core;

/// <summary>How many messages a method takes and gives.</summary>
public enum MethodType
{
    /// <summary>One, and one.</summary>
    Unary,

    /// <summary>Many, and one.</summary>
    ClientStreaming,

    /// <summary>One, and many.</summary>
    ServerStreaming,

    /// <summary>Many, and many.</summary>
    DuplexStreaming,
}

/// <summary>A method of a service.</summary>
public interface IMethod
{
    /// <summary>How many messages it takes and gives.</summary>
    MethodType Type { get; }

    /// <summary>The full name of its service: <c>package.Service</c>.</summary>
    string ServiceName { get; }

    /// <summary>Its name.</summary>
    string Name { get; }

    /// <summary>Its path: <c>/package.Service/Method</c>.</summary>
    string FullName { get; }
}

/// <summary>A method of a service, with the types of its messages.</summary>
/// <typeparam name="TRequest">What it takes.</typeparam>
/// <typeparam name="TResponse">What it gives.</typeparam>
public class Method<TRequest, TResponse> : IMethod
{
    /// <summary>Makes one.</summary>
    /// <param name="type">How many messages it takes and gives.</param>
    /// <param name="serviceName">The full name of its service.</param>
    /// <param name="name">Its name.</param>
    /// <param name="requestMarshaller">Reads and writes what it takes.</param>
    /// <param name="responseMarshaller">Reads and writes what it gives.</param>
    public Method(MethodType type, string serviceName, string name, Marshaller<TRequest> requestMarshaller, Marshaller<TResponse> responseMarshaller)
    {
        ArgumentNullException.ThrowIfNull(serviceName);
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(requestMarshaller);
        ArgumentNullException.ThrowIfNull(responseMarshaller);
        Type = type;
        ServiceName = serviceName;
        Name = name;
        RequestMarshaller = requestMarshaller;
        ResponseMarshaller = responseMarshaller;
        FullName = $"/{serviceName}/{name}";
    }

    /// <inheritdoc/>
    public MethodType Type { get; }

    /// <inheritdoc/>
    public string ServiceName { get; }

    /// <inheritdoc/>
    public string Name { get; }

    /// <summary>Reads and writes what it takes.</summary>
    public Marshaller<TRequest> RequestMarshaller { get; }

    /// <summary>Reads and writes what it gives.</summary>
    public Marshaller<TResponse> ResponseMarshaller { get; }

    /// <inheritdoc/>
    public string FullName { get; }
}
