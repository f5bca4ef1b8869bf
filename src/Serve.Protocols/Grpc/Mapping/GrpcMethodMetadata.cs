using Google.Protobuf.Reflection;
using Grpc.Core;

namespace Serve.Grpc;

/// <summary>On each endpoint of a gRPC method: what it belongs to.</summary>
/// <param name="ServiceName">The full name of the service.</param>
/// <param name="MethodName">The method's name.</param>
/// <param name="Type">How many messages it takes and gives.</param>
/// <param name="Descriptor">The service as its .proto file says it, or null where the code is not generated.</param>
internal sealed record GrpcMethodMetadata(string ServiceName, string MethodName, MethodType Type, ServiceDescriptor? Descriptor);
