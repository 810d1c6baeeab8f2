<?xml version="1.0" encoding="utf-8"?>
<!-- Names, links and signatures. -->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform" xmlns:func="http://exslt.org/functions"
    xmlns:str="http://exslt.org/strings" xmlns:s="urn:site" extension-element-prefixes="func str" exclude-result-prefixes="s">
  <xsl:key name="type" match="Type" use="s:full(.)"/>
  <xsl:key name="member" match="Member" use="MemberSignature[@Language = 'DocId']/@Value"/>
  <xsl:key name="api" match="api" use="@id"/>
  <xsl:key name="source" match="source" use="@type"/>
  <!-- What markdown calls a type, a member, and an extension method. -->
  <xsl:key name="term" match="Type" use="s:title(.)"/>
  <xsl:key name="term" match="Member" use="concat(s:title(../..), '.', @MemberName)"/>
  <xsl:key name="term" match="Member[Parameters/Parameter/@RefType = 'this']" use="@MemberName"/>
  <xsl:key name="term" match="Member" use="concat(s:full(../..), '.', @MemberName, '*')"/>

  <func:function name="s:full">
    <xsl:param name="page"/>
    <func:result select="translate($page/@FullName, '+', '.')"/>
  </func:function>

  <func:function name="s:file">
    <xsl:param name="page"/>
    <func:result select="concat(s:full($page), '.html')"/>
  </func:function>

  <func:function name="s:title">
    <xsl:param name="page"/>
    <func:result select="translate($page/@Name, '+', '.')"/>
  </func:function>

  <func:function name="s:last">
    <xsl:param name="name"/>
    <func:result select="string(str:tokenize($name, '.')[last()])"/>
  </func:function>

  <func:function name="s:group">
    <xsl:param name="type"/>
    <func:result select="/site/contents/group[@folder = key('source', s:title($type))/@folder]"/>
  </func:function>

  <func:function name="s:pages">
    <xsl:param name="group"/>
    <func:result select="/site/*[@FullName][key('source', s:title(.))/@folder = $group/@folder]"/>
  </func:function>

  <func:function name="s:written">
    <xsl:param name="docs"/>
    <func:result select="normalize-space($docs) != '' and normalize-space($docs) != 'To be added.'"/>
  </func:function>

  <func:function name="s:kind">
    <xsl:param name="type"/>
    <xsl:variable name="signature" select="$type/TypeSignature[@Language = 'C#']/@Value"/>
    <xsl:variable name="keyword" select="string(str:tokenize(substring-before($signature, concat(' ', s:title($type))))[last()])"/>
    <!-- Only a record has equality that nobody wrote a comment on. -->
    <xsl:variable name="is-record" select="$type/Members/Member[@MemberName = 'op_Equality' and not(s:written(Docs/summary))]"/>
    <xsl:choose>
      <xsl:when test="not($is-record)"><func:result select="$keyword"/></xsl:when>
      <xsl:when test="$keyword = 'class'"><func:result select="'record'"/></xsl:when>
      <xsl:otherwise><func:result select="concat('record ', $keyword)"/></xsl:otherwise>
    </xsl:choose>
  </func:function>

  <func:function name="s:href">
    <xsl:param name="target"/>
    <xsl:choose>
      <xsl:when test="$target/self::Member"><func:result select="concat(s:file($target/../..), '#', $target/@MemberName)"/></xsl:when>
      <xsl:otherwise><func:result select="s:file($target)"/></xsl:otherwise>
    </xsl:choose>
  </func:function>

  <func:function name="s:name">
    <xsl:param name="member"/>
    <xsl:choose>
      <xsl:when test="$member/self::Type"><func:result select="s:title($member)"/></xsl:when>
      <xsl:when test="$member/MemberType = 'Constructor'"><func:result select="s:last(s:full($member/../..))"/></xsl:when>
      <xsl:when test="$member/@MemberName = 'Item'"><func:result select="'this[]'"/></xsl:when>
      <xsl:otherwise><func:result select="string($member/@MemberName)"/></xsl:otherwise>
    </xsl:choose>
  </func:function>

  <!-- Where an extension method is found on an MLContext named ml. -->
  <func:function name="s:catalog">
    <xsl:param name="member"/>
    <func:result select="string(/site/contents/catalog[@type = $member/Parameters/Parameter[@RefType = 'this']/@Type])"/>
  </func:function>

  <!-- On a type, the compiler says by it that some member is required. -->
  <func:function name="s:has-required">
    <xsl:param name="element"/>
    <func:result select="boolean($element/Attributes/Attribute[AttributeName = 'System.Runtime.CompilerServices.RequiredMember'])"/>
  </func:function>

  <func:function name="s:takes-options">
    <xsl:param name="member"/>
    <func:result select="contains($member/Parameters/Parameter[last()]/@Type, '+Options')"/>
  </func:function>

  <func:function name="s:api">
    <xsl:param name="member"/>
    <xsl:variable name="name" select="concat(s:full($member/../..), '.', $member/@MemberName)"/>
    <xsl:choose>
      <xsl:when test="$member/MemberType = 'Field'"><func:result select="key('api', $name)"/></xsl:when>
      <xsl:when test="$member/MemberType = 'Property'"><func:result select="key('api', concat($name, '.get'))"/></xsl:when>
      <xsl:otherwise>
        <xsl:variable name="parameters" select="concat('(', str:concat($member/Parameters/Parameter/@Name), ')')"/>
        <func:result select="key('api', concat(s:full($member/../..), '.', s:name($member), $parameters))"/>
      </xsl:otherwise>
    </xsl:choose>
  </func:function>

  <!-- A method without a comment is one that the compiler has made for a record. -->
  <func:function name="s:shown">
    <xsl:param name="member"/>
    <func:result select="s:api($member) and ($member/MemberType = 'Constructor' or s:written($member/Docs/summary))"/>
  </func:function>

  <func:function name="s:learn">
    <xsl:param name="name"/>
    <func:result select="concat('https://learn.microsoft.com/dotnet/api/',
      translate($name, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ`*', 'abcdefghijklmnopqrstuvwxyz-'))"/>
  </func:function>

  <!-- What a cref stands for. -->
  <xsl:template name="reference">
    <xsl:param name="cref" select="@cref"/>
    <xsl:variable name="name" select="substring-before(concat(substring-after($cref, ':'), '('), '(')"/>
    <xsl:variable name="last" select="s:last(substring-before(concat($name, '`'), '`'))"/>
    <xsl:variable name="keyword" select="substring-before(substring-after(
      ' Boolean=bool Double=double Int32=int Int64=long Single=float String=string ', concat(' ', $last, '=')), ' ')"/>
    <xsl:variable name="here" select="key('type', $name) | key('member', $cref)"/>
    <xsl:variable name="from" select="ancestor::Type"/>
    <xsl:choose>
      <xsl:when test="$here">
        <a href="{s:href($here)}">
          <code>
            <xsl:if test="$here/self::Member[count(../.. | $from) > 1]"><xsl:value-of select="concat(s:title($here/../..), '.')"/></xsl:if>
            <xsl:value-of select="s:name($here)"/>
          </code>
        </a>
      </xsl:when>
      <xsl:when test="starts-with($name, 'System.') and $keyword != ''"><code><xsl:value-of select="$keyword"/></code></xsl:when>
      <xsl:when test="starts-with($cref, 'T:')"><a href="{s:learn($name)}"><code><xsl:value-of select="$last"/></code></a></xsl:when>
      <xsl:otherwise>
        <a href="{s:learn($name)}"><code><xsl:value-of select="concat(str:tokenize($name, '.')[last() - 1], '.', $last)"/></code></a>
      </xsl:otherwise>
    </xsl:choose>
  </xsl:template>

  <!-- Spaces that do not break keep indented and braced parts together on narrow screens. -->
  <xsl:template name="type-signature">
    <xsl:variable name="value" select="TypeSignature[@Language = 'C#']/@Value"/>
    <xsl:variable name="head" select="substring-before(concat($value, ' : '), ' : ')"/>
    <xsl:variable name="readonly">
      <xsl:if test="Attributes/Attribute[contains(AttributeName, 'IsReadOnly')]">readonly </xsl:if>
    </xsl:variable>
    <xsl:choose>
      <xsl:when test="s:kind(.) = 'record'"><xsl:value-of select="str:replace($head, 'class ', 'record ')"/></xsl:when>
      <xsl:when test="s:kind(.) = 'record struct'">
        <xsl:value-of select="str:replace($head, 'struct ', concat($readonly, 'record struct '))"/>
      </xsl:when>
      <xsl:otherwise>
        <xsl:value-of select="str:replace($head, 'struct ', concat($readonly, 'struct '))"/>
        <xsl:if test="$head != $value">
          <xsl:text> :&#10;&#160;&#160;&#160;&#160;</xsl:text>
          <xsl:call-template name="code">
            <xsl:with-param name="text" select="substring-after($value, ' : ')"/>
            <xsl:with-param name="is-long" select="true()"/>
          </xsl:call-template>
        </xsl:if>
      </xsl:otherwise>
    </xsl:choose>
  </xsl:template>

  <xsl:template name="signature">
    <xsl:variable name="api" select="s:api(.)"/>
    <xsl:variable name="is-long" select="contains($api/@parameters, ',') and string-length($api/@parameters) > 60"/>
    <xsl:value-of select="concat('public ', $api/@modifiers)"/>
    <xsl:if test="s:has-required(.)">required </xsl:if>
    <xsl:if test="MemberType != 'Constructor'">
      <xsl:call-template name="code"><xsl:with-param name="text" select="$api/@type"/></xsl:call-template>
      <xsl:text> </xsl:text>
    </xsl:if>
    <xsl:value-of select="str:replace(s:name(.), '[]', concat('[', $api/@parameters, ']'))"/>
    <xsl:choose>
      <xsl:when test="MemberType = 'Field'">
        <xsl:if test="$api/@value != ''"><xsl:value-of select="concat(' = ', $api/@value)"/></xsl:if>
      </xsl:when>
      <xsl:when test="MemberType = 'Property'">
        <xsl:variable name="name" select="concat(s:full(../..), '.', @MemberName)"/>
        <xsl:text> {&#160;get;&#160;</xsl:text>
        <xsl:if test="key('api', concat($name, '.set'))">set;&#160;</xsl:if>
        <xsl:if test="key('api', concat($name, '.init'))">init;&#160;</xsl:if>
        <xsl:text>}</xsl:text>
      </xsl:when>
      <xsl:otherwise>
        <xsl:text>(</xsl:text>
        <xsl:if test="$is-long"><xsl:text>&#10;&#160;&#160;&#160;&#160;</xsl:text></xsl:if>
        <xsl:call-template name="code">
          <xsl:with-param name="text" select="$api/@parameters"/>
          <xsl:with-param name="is-long" select="$is-long"/>
        </xsl:call-template>
        <xsl:text>)</xsl:text>
      </xsl:otherwise>
    </xsl:choose>
  </xsl:template>

  <!-- C# with its types linked and their namespaces left out: the first word, what ends it, and the rest. A long list has many lines. -->
  <xsl:template name="code">
    <xsl:param name="text"/>
    <xsl:param name="is-long" select="false()"/>
    <xsl:param name="depth" select="0"/>
    <xsl:variable name="others" select="translate(concat($text, ' '), $word-letters, '')"/>
    <xsl:variable name="word" select="substring-before(concat($text, ' '), substring($others, 1, 1))"/>
    <xsl:variable name="end" select="substring($text, string-length($word) + 1, 1)"/>
    <xsl:variable name="rest" select="substring($text, string-length($word) + 2)"/>
    <xsl:call-template name="word">
      <xsl:with-param name="word" select="$word"/>
      <xsl:with-param name="type-arguments" select="substring($rest, 1, ($end = '&lt;') * string-length($rest))"/>
    </xsl:call-template>
    <xsl:value-of select="$end"/>
    <xsl:choose>
      <xsl:when test="$end != ','"/>
      <xsl:when test="$is-long and $depth = 0"><xsl:text>&#10;&#160;&#160;&#160;&#160;</xsl:text></xsl:when>
      <xsl:otherwise><xsl:text> </xsl:text></xsl:otherwise>
    </xsl:choose>
    <xsl:if test="$end != ''">
      <xsl:call-template name="code">
        <xsl:with-param name="text" select="substring($rest, 1 + ($end = ',' and starts-with($rest, ' ')))"/>
        <xsl:with-param name="is-long" select="$is-long"/>
        <xsl:with-param name="depth" select="$depth + ($end = '&lt;') - ($end = '>')"/>
      </xsl:call-template>
    </xsl:if>
  </xsl:template>

  <xsl:variable name="word-letters" select="'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._'"/>

  <xsl:template name="word">
    <xsl:param name="word"/>
    <xsl:param name="type-arguments"/>
    <xsl:variable name="last" select="s:last($word)"/>
    <xsl:variable name="type" select="key('type', $word)"/>
    <!-- Of an enum's value, as parameters have them for their default. -->
    <xsl:variable name="enum" select="key('type', substring($word, 1, string-length($word) - string-length($last) - 1))"/>
    <xsl:choose>
      <xsl:when test="$type"><a href="{s:file($type)}"><xsl:value-of select="s:title($type)"/></a></xsl:when>
      <xsl:when test="$enum"><a href="{s:file($enum)}#{$last}"><xsl:value-of select="concat(s:title($enum), '.', $last)"/></a></xsl:when>
      <xsl:when test="starts-with($word, 'System.') or starts-with($word, 'Microsoft.')">
        <xsl:variable name="marks" select="translate($type-arguments, translate($type-arguments, '&lt;,>', ''), '')"/>
        <a href="{s:learn(concat($word, s:arity($marks)))}"><xsl:value-of select="$last"/></a>
      </xsl:when>
      <xsl:otherwise><xsl:value-of select="$word"/></xsl:otherwise>
    </xsl:choose>
  </xsl:template>

  <!-- What Microsoft Learn has after the name of a generic type, -1 for one argument, from the brackets and commas after the name. -->
  <func:function name="s:arity">
    <xsl:param name="marks"/>
    <xsl:param name="depth" select="1"/>
    <xsl:param name="arity" select="-1"/>
    <xsl:variable name="mark" select="substring($marks, 1, 1)"/>
    <xsl:variable name="inside" select="$depth + ($mark = '&lt;') - ($mark = '>')"/>
    <xsl:choose>
      <xsl:when test="$mark = ''"><func:result select="''"/></xsl:when>
      <xsl:when test="$inside = 0"><func:result select="$arity"/></xsl:when>
      <xsl:otherwise>
        <func:result select="s:arity(substring($marks, 2), $inside, $arity - ($mark = ',' and $depth = 1))"/>
      </xsl:otherwise>
    </xsl:choose>
  </func:function>
</xsl:stylesheet>
